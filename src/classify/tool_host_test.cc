// The separate programs, each locked in, and what their lock refuses.
#include "classify/tool_host.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "classify/sandbox.h"

namespace assay {
namespace {

Result<std::string> RunTool(Tool tool, const std::string& input, uint64_t max_output = 1 << 20) {
  ToolHost host(ASSAY_HOSTILE_CLASSIFIER, 20'000);
  ASSAY_RETURN_IF_ERROR(host.Begin(static_cast<uint64_t>(tool), input.size()));
  ASSAY_RETURN_IF_ERROR(host.Input(input));
  ASSAY_ASSIGN_OR_RETURN(const ToolHost::Output output, host.Run(max_output));
  std::string text(output.size, '\0');
  EXPECT_EQ(host.Read(0, text.data(), text.size()), text.size());
  if (output.truncated) text += "[cut]";
  return text;
}

// A document of one page that says `text`.
std::string Pdf(const std::string& text) {
  const std::string stream = "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET";
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
         "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
         "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
         "/Resources<</Font<</F1 5 0 R>>>>>>endobj\n4 0 obj<</Length " +
         std::to_string(stream.size()) + ">>stream\n" + stream +
         "\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
         "trailer<</Root 1 0 R>>\n%%EOF\n";
}

TEST(ToolHost, PdfToText) {
  const auto text = RunTool(Tool::kPdfToText, Pdf("Jane Doe 212-34-6789"));
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  EXPECT_NE(text->find("Jane Doe 212-34-6789"), std::string::npos) << *text;
  EXPECT_EQ(text->back(), '\f');
}

TEST(ToolHost, RefusedDocument) {
  EXPECT_EQ(RunTool(Tool::kPdfToText, "no document").status().code(), StatusCode::kDataLoss);
  // Where no private file system can be made, PST is not read at all.
  const StatusCode pst = RunTool(Tool::kReadPst, "no mailbox").status().code();
  EXPECT_TRUE(pst == StatusCode::kDataLoss || pst == StatusCode::kUnimplemented);
}

TEST(ToolHost, CatDocReadsByPath) {
  const auto text = RunTool(Tool::kCatDoc, "{\\rtf1 Jane Doe}");
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  EXPECT_NE(text->find("Jane Doe"), std::string::npos);
}

std::string Lzop(const std::string& plain) {
  char path[] = "/tmp/assay-lzop-XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_EQ(write(fd, plain.data(), plain.size()), static_cast<ssize_t>(plain.size()));
  close(fd);
  FILE* pipe = popen((std::string("lzop -c < ") + path).c_str(), "r");
  std::string packed;
  char buffer[4096];
  while (const size_t got = fread(buffer, 1, sizeof(buffer), pipe)) packed.append(buffer, got);
  pclose(pipe);
  unlink(path);
  return packed;
}

TEST(ToolHost, OutputStopsAtItsLimit) {
  const std::string plain(3'000'000, 'a');
  const std::string packed = Lzop(plain);
  EXPECT_EQ(*RunTool(Tool::kLzop, packed, 4 << 20), plain);
  EXPECT_EQ(*RunTool(Tool::kLzop, packed, 100'000), plain.substr(0, 100'000) + "[cut]");
}

TEST(ToolHost, ACancelledRunEndsSoon) {
  const std::string program = testing::TempDir() + "/assay-tool-that-sleeps";
  std::ofstream(program) << "#!/bin/sh\n/bin/sleep 300\n";
  ASSERT_EQ(chmod(program.c_str(), 0700), 0);
  ToolHost host(program, 250'000);
  ASSERT_TRUE(host.Begin(0, 0).ok());
  const auto begun = std::chrono::steady_clock::now();
  const auto output = host.Run(100, [] { return true; });
  EXPECT_EQ(output.status().code(), StatusCode::kCancelled) << output.status().ToString();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
  unlink(program.c_str());
}

TEST(ToolHost, TakesNoNonsense) {
  ToolHost host(ASSAY_HOSTILE_CLASSIFIER, 20'000);
  EXPECT_FALSE(host.Begin(99, 10).ok());
  EXPECT_FALSE(host.Begin(0, ~0ull).ok());
  EXPECT_FALSE(host.Input("x").ok());
  EXPECT_FALSE(host.Run(100).ok());
  ASSERT_TRUE(host.Begin(0, 3).ok());
  EXPECT_FALSE(host.Input("more than announced").ok());
  char byte = 0;
  EXPECT_EQ(host.Read(~0ull, &byte, 1), 0u);
}

// Runs `attempts` in the tool sandbox; the exit code has a bit set for each that worked.
int Escapes() {
  ToolSandboxOptions options;
  options.readable = {"/usr"};
  if (!EnterToolSandbox(options).ok()) return 128;
  int worked = 0;
  if (open("/etc/passwd", O_RDONLY) >= 0) worked |= 1;
  if (open("/tmp/assay-tool-sandbox-test", O_CREAT | O_WRONLY, 0600) >= 0) worked |= 2;
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) worked |= 4;
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) worked |= 8;
  if (fork() >= 0) worked |= 16;
  if (kill(getppid(), 0) == 0) worked |= 32;
  if (open("/usr/bin/env", O_RDONLY) < 0) worked |= 64;  // this much is allowed
  return worked;
}

TEST(ToolSandbox, HoldsWhatItPromises) {
  const pid_t child = fork();
  if (child == 0) _exit(Escapes());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace assay
