#include "classify/parent_link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace assay {

Status StatusFromCode(uint64_t code, std::string_view what) {
  if (code == 0) return {};
  if (code > static_cast<uint64_t>(StatusCode::kInternal)) return Internal(std::string(what));
  return {static_cast<StatusCode>(code), std::string(what)};
}

void ParentLink::Send(const Message& message) {
  while (send(fd_, &message, sizeof(message), MSG_NOSIGNAL) !=
         static_cast<ssize_t>(sizeof(message))) {
    if (errno != EINTR) _exit(0);
  }
}

Message ParentLink::Receive() {
  Message message;
  for (;;) {
    const ssize_t size = recv(fd_, &message, sizeof(message), 0);
    if (size == static_cast<ssize_t>(sizeof(message))) return message;
    if (size < 0 && errno == EINTR) continue;
    _exit(0);
  }
}

Message ParentLink::Ask(const Message& request, MessageType answer) {
  Send(request);
  for (;;) {
    const Message message = Receive();
    if (message.type == answer) return message;
    if (message.type == MessageType::kClassify) batches_.push_back(message);
  }
}

Message ParentLink::NextBatch() {
  if (!batches_.empty()) {
    const Message message = batches_.front();
    batches_.pop_front();
    return message;
  }
  for (;;) {
    const Message message = Receive();
    if (message.type == MessageType::kClassify) return message;
  }
}

Result<std::string_view> ParentLink::Fetch(uint64_t offset, uint64_t length, uint64_t window) {
  const bool is_range = window == kWindowRange;
  const uint64_t room = is_range ? ArenaLayout::kRangeBytes : layout_.large_bytes;
  if (is_range) TouchRange();
  Message request{.type = MessageType::kNeed};
  request.a = offset;
  request.b = std::min(length, room);
  request.c = window;
  const Message answer = Ask(request, MessageType::kData);
  ASSAY_RETURN_IF_ERROR(StatusFromCode(answer.b, "the object could not be read further"));
  return std::string_view(is_range ? range() : large(), std::min(answer.a, request.b));
}

}  // namespace assay
