#include "cli/html_page.h"

#include <fmt/format.h>

namespace assay {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#16191f;--dim:#5f6b7a;--line:#d9dee5;--card:#f7f8fa;
--high:#c9302c;--medium:#c77700;--low:#2f7d4f;--bar:#2a6fb8}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--fg:#e6e9ee;--dim:#98a4b3;--line:#2d3540;
--card:#1a2029;--high:#ff6b66;--medium:#f0a63c;--low:#5cc488;--bar:#6aaef0}}
body{font:15px/1.45 system-ui,sans-serif;background:var(--bg);color:var(--fg);margin:2rem auto;
max-width:1200px;padding:0 1rem}
h1 small{font-weight:400;color:var(--dim);font-size:1rem;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:.8rem}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem}
.tile b{display:block;font-size:1.5rem}.tile span{color:var(--dim)}.tile.high b{color:var(--high)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:1rem;margin:1rem 0}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem}
figcaption{font-weight:600;margin-bottom:.5rem}svg{width:100%;display:block}
svg text{fill:var(--fg);font:12px system-ui,sans-serif;text-anchor:middle}
.bars text{text-anchor:start}.bars text.number{text-anchor:end;fill:var(--dim)}
rect.high{fill:var(--high)}rect.medium{fill:var(--medium)}rect.low{fill:var(--low)}
rect.bar{fill:var(--bar)}rect.track{fill:var(--line)}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.4rem;
text-align:left;vertical-align:top}th button{all:unset;cursor:pointer;font-weight:600}
th button:focus-visible{outline:2px solid var(--bar)}th[aria-sort=ascending] button::after{content:" ▲"}
th[aria-sort=descending] button::after{content:" ▼"}
.wide{overflow-x:auto}th{white-space:nowrap}td.size{white-space:nowrap;text-align:right}td:nth-child(5){overflow-wrap:anywhere;min-width:9rem}
.key{overflow-wrap:anywhere;min-width:18rem;font-family:ui-monospace,monospace;font-size:13px}
.risk{display:inline-block;min-width:1.6em;text-align:center;border-radius:4px;color:var(--bg)}
.risk.high{background:var(--high)}.risk.medium{background:var(--medium)}.risk.low{background:var(--low)}
.tag{display:inline-block;border:1px solid var(--line);border-radius:4px;padding:0 .4em;
margin:0 .3em .2em 0;font-size:13px}.tag.theme{color:var(--dim)}
footer{margin-top:2rem;color:var(--dim)}input{font:inherit;padding:.3rem .5rem;width:20rem;max-width:100%}
)css";

constexpr std::string_view kScript = R"js(
(function () {
  "use strict";
  const table = document.getElementById("objects");
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const value = function (row, column) {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
  };
  heads.forEach(function (head, column) {
    head.firstChild.addEventListener("click", function () {
      const down = head.getAttribute("aria-sort") !== "descending";
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = Array.from(body.rows);
      rows.sort(function (a, b) {
        const x = value(a, column), y = value(b, column);
        const order = x < y ? -1 : x > y ? 1 : 0;
        return down ? -order : order;
      });
      body.append.apply(body, rows);
    });
  });
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  filter.addEventListener("input", function () {
    const wanted = filter.value.toLowerCase();
    let count = 0;
    Array.from(body.rows).forEach(function (row) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) count += 1;
    });
    shown.textContent = wanted ? count + " of " + body.rows.length : "";
  });
})();
)js";

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string HtmlPage(std::string_view title, std::string_view body, std::string_view nonce) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'nonce-{0}'; script-src 'nonce-{0}'; base-uri 'none'; form-action 'none'\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"referrer\" content=\"no-referrer\"><title>{1}</title>"
      "<style nonce=\"{0}\">{2}</style></head>\n<body>\n{3}<script nonce=\"{0}\">{4}</script>\n"
      "</body></html>\n",
      nonce, title, kStyle, body, kScript);
}

}  // namespace assay
