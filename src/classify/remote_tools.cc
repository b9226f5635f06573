#include "classify/remote_tools.h"

#include <algorithm>
#include <cstring>

namespace assay {

Status RemoteTools::SendInput(Tool tool, std::string_view input) {
  Message begin{.type = MessageType::kToolBegin};
  begin.a = static_cast<uint64_t>(tool);
  begin.b = input.size();
  ASSAY_RETURN_IF_ERROR(
      StatusFromCode(link_->Ask(begin, MessageType::kGoOn).b, "the tool cannot be used"));
  while (!input.empty()) {
    const size_t part = std::min(input.size(), ArenaLayout::kRangeBytes);
    std::memcpy(link_->range(), input.data(), part);
    input.remove_prefix(part);
    Message message{.type = MessageType::kToolInput};
    message.a = part;
    ASSAY_RETURN_IF_ERROR(StatusFromCode(link_->Ask(message, MessageType::kGoOn).b,
                                         "the tool did not take its input"));
  }
  return {};
}

Result<std::string> RemoteTools::Run(Tool tool, std::string_view input, uint64_t max_output,
                                     bool* truncated) {
  link_->TouchRange();
  *truncated = false;
  ASSAY_RETURN_IF_ERROR(SendInput(tool, input));
  Message run{.type = MessageType::kToolRun};
  run.a = max_output;
  const Message done = link_->Ask(run, MessageType::kToolDone);
  ASSAY_RETURN_IF_ERROR(StatusFromCode(done.b, "the tool could not read this"));
  *truncated = done.c != 0;
  std::string output;
  const uint64_t total = std::min(done.a, max_output);
  output.reserve(total);
  while (output.size() < total) {
    Message read{.type = MessageType::kToolRead};
    read.a = output.size();
    read.b = std::min<uint64_t>(total - output.size(), ArenaLayout::kRangeBytes);
    const Message data = link_->Ask(read, MessageType::kData);
    ASSAY_RETURN_IF_ERROR(StatusFromCode(data.b, "the tool's output was lost"));
    if (data.a == 0) break;
    output.append(link_->range(), std::min(data.a, read.b));
  }
  return output;
}

}  // namespace assay
