// ConsoleFiles: the built web console (console/dist), embedded in the program, as HTTP answers.
//
// Names of scripts and styles carry a hash of their content, so browsers keep them for good;
// index.html is asked for each time and answered with 304 when it is the same. Paths that are no
// file are views of the console: they get index.html.
// Sources: RFC 9110 (content negotiation, conditional requests), Content Security Policy Level 3.
//
// Thread rule: pure functions over immutable data.
#pragma once

#include <span>
#include <string_view>

#include "api/http_server.h"

namespace assay {

struct ConsoleFile {
  std::string_view path;  // "/assets/index-3f2a.js"
  std::string_view content_type;
  std::string_view etag;  // of the content, weak: it stands for every coding of it
  std::string_view bytes;
  std::string_view gzip;    // the same, compressed; "" = not worth it
  std::string_view brotli;  // likewise
};

// What was embedded; empty in a build without the console.
std::span<const ConsoleFile> EmbeddedConsole();

// Answers any GET or HEAD outside /api. `files`: what there is to give.
HttpAnswer AnswerConsoleFile(const HttpCall& call, std::span<const ConsoleFile> files);

// What every answer of the service carries, and what pages add to it.
void AddSecurityHeaders(HttpAnswer* answer);

}  // namespace assay
