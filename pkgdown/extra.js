// Replaces bootstrap-toc, which pkgdown.js calls: makes "On this page" from the page's headings.
window.Toc = {
  init({ $nav, $scope }) {
    const headings = $scope.toArray().filter((h) => h.id && !h.closest("[data-toc-skip]"));
    const level = (h) => Number(h.tagName[1]);
    const top = Math.min(...headings.map(level));
    const list = (parent) => $('<ul class="nav navbar-nav"></ul>').appendTo(parent);
    let outer, item, inner;
    for (const h of headings.filter((h) => level(h) <= top + 1)) {
      const text = $(h).clone().children(".anchor").remove().end().text().trim();
      const entry = $("<li></li>").append($('<a class="nav-link"></a>').attr("href", "#" + h.id).text(text));
      if (level(h) === top || !item) {
        outer ??= list($nav);
        item = entry.appendTo(outer);
        inner = null;
      } else {
        inner ??= list(item);
        entry.appendTo(inner);
      }
    }
    if (!outer) $nav.hide();
  },
};

$(function () {
  renderMathInElement(document.querySelector("main"), {
    delimiters: [
      { left: "$$", right: "$$", display: true },
      { left: "\\[", right: "\\]", display: true },
      { left: "\\(", right: "\\)", display: false },
    ],
  });

  // The index names pages from the site's root, so that search works wherever the site is served.
  const search = $("#search-input");
  const root = new URL(search.data("search-index"), location.href);
  search.off("autocomplete:selected").on("autocomplete:selected", (event, page) => {
    // "No results found" leads nowhere.
    if (page.id === undefined) return;
    const target = new URL(page.path, root);
    target.searchParams.set("q", search.val());
    target.hash = page.id;
    location.href = target.href;
  });
});
