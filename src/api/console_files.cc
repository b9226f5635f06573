#include "api/console_files.h"

#include <algorithm>
#include <cctype>

namespace assay {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kHashedFolder = "/assets/";
// Scripts and styles come from here alone; nothing is inline, nothing may frame the console.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

const ConsoleFile* Find(std::span<const ConsoleFile> files, std::string_view path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const ConsoleFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

// Whether a list like "gzip, br;q=0" takes `coding`.
bool Accepts(std::string_view list, std::string_view coding) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    const size_t name_end = std::min(item.find_first_of("; "), item.size());
    if (item.substr(0, name_end) != coding) continue;
    const size_t quality = item.find("q=");
    if (quality == std::string_view::npos) return true;
    // "0", "0.", "0.000": not at all.
    return item.substr(quality + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

// Whether the request wants a page and not, say, a script that is gone.
bool WantsPage(const HttpCall& call) {
  return !call.path.starts_with(kHashedFolder) &&
         call.Header("accept").find("text/html") != std::string_view::npos;
}

void Compress(const HttpCall& call, const ConsoleFile& file, HttpAnswer* answer) {
  const std::string_view accepted = call.Header("accept-encoding");
  if (!file.brotli.empty() && Accepts(accepted, "br")) {
    answer->body = file.brotli;
    answer->headers.emplace_back("Content-Encoding", "br");
  } else if (!file.gzip.empty() && Accepts(accepted, "gzip")) {
    answer->body = file.gzip;
    answer->headers.emplace_back("Content-Encoding", "gzip");
  } else {
    answer->body = file.bytes;
  }
}

}  // namespace

HttpAnswer AnswerConsoleFile(const HttpCall& call, std::span<const ConsoleFile> files) {
  const ConsoleFile* file = Find(files, call.path);
  if (file == nullptr && (call.path == "/" || WantsPage(call))) file = Find(files, kIndex);
  if (file == nullptr) {
    return files.empty()
               ? HttpErrorAnswer(404, "NotFound",
                                 "This build of assay has no console: build it with node and npm.")
               : HttpErrorAnswer(404, "NotFound", "There is no such page.");
  }
  HttpAnswer answer;
  answer.content_type = file->content_type;
  answer.headers = {
      {"ETag", std::string(file->etag)},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control",
       file->path.starts_with(kHashedFolder) ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
      {"Cross-Origin-Opener-Policy", "same-origin"}};
  if (call.Header("if-none-match").find(file->etag) != std::string_view::npos) {
    answer.status = 304;
    return answer;
  }
  Compress(call, *file, &answer);
  return answer;
}

void AddSecurityHeaders(HttpAnswer* answer) {
  answer->headers.emplace_back("X-Content-Type-Options", "nosniff");
  answer->headers.emplace_back("X-Frame-Options", "DENY");
  answer->headers.emplace_back("Referrer-Policy", "no-referrer");
}

}  // namespace assay
