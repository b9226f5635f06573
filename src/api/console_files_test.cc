#include "api/console_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace assay {
namespace {

const std::vector<ConsoleFile> kFiles = {
    {"/index.html", "text/html; charset=utf-8", "\"i\"", "<html>", "", ""},
    {"/assets/a-1.js", "text/javascript; charset=utf-8", "\"a\"", "plain", "zipped", "brotlied"},
};

HttpAnswer Get(const std::string& path, HeaderList headers = {}) {
  HttpCall call;
  call.method = "GET";
  call.path = path;
  call.headers = std::move(headers);
  return AnswerConsoleFile(call, kFiles);
}

std::string HeaderOf(const HttpAnswer& answer, const std::string& name) {
  for (const auto& [header, value] : answer.headers) {
    if (header == name) return value;
  }
  return "";
}

TEST(ConsoleFiles, ViewsGetTheIndexAndScriptsThatAreGoneDoNot) {
  EXPECT_EQ(Get("/").body, "<html>");
  EXPECT_EQ(Get("/objects", {{"Accept", "text/html,*/*"}}).body, "<html>");
  EXPECT_EQ(Get("/objects").status, 404);
  EXPECT_EQ(Get("/assets/gone.js", {{"Accept", "text/html"}}).status, 404);
  EXPECT_EQ(Get("/../etc/passwd").status, 404);
  EXPECT_EQ(HeaderOf(Get("/"), "Cache-Control"), "no-cache");
}

TEST(ConsoleFiles, TheSmallestFormTheBrowserTakes) {
  EXPECT_EQ(Get("/assets/a-1.js").body, "plain");
  EXPECT_EQ(Get("/assets/a-1.js", {{"Accept-Encoding", "gzip, deflate"}}).body, "zipped");
  const HttpAnswer best = Get("/assets/a-1.js", {{"Accept-Encoding", "gzip, br;q=0.9"}});
  EXPECT_EQ(best.body, "brotlied");
  EXPECT_EQ(HeaderOf(best, "Content-Encoding"), "br");
  EXPECT_EQ(HeaderOf(best, "Vary"), "Accept-Encoding");
  EXPECT_NE(HeaderOf(best, "Cache-Control").find("immutable"), std::string::npos);
  EXPECT_EQ(Get("/assets/a-1.js", {{"Accept-Encoding", "br;q=0, gzip;q=0.000"}}).body, "plain");
}

TEST(ConsoleFiles, WhatTheBrowserHasIsNotSentAgain) {
  const HttpAnswer same = Get("/", {{"If-None-Match", "\"i\""}});
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.body.empty());
  EXPECT_EQ(Get("/", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST(ConsoleFiles, NothingInlineAndNoOtherHostIsAllowed) {
  const std::string policy = HeaderOf(Get("/"), "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(policy.find("http"), std::string::npos);
}

TEST(ConsoleFiles, ABuildWithoutTheConsoleSaysSo) {
  HttpCall call;
  call.path = "/";
  const HttpAnswer answer = AnswerConsoleFile(call, {});
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("no console"), std::string::npos);
}

}  // namespace
}  // namespace assay
