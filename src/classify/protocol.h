// How `assay` and one assay-classifier process talk: fixed-size control messages over a
// SOCK_SEQPACKET socket pair, everything else in one shared arena whose size is sealed. Drawn and
// explained in docs/sandbox.md.
//
// The parent treats all that comes from the other side as hostile: messages are copied out of the
// socket, results are copied out of the arena before they are decoded, and no index is used before
// it was checked.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace assay {

// File descriptors of the process at its start.
inline constexpr int kControlFd = 3;
inline constexpr int kArenaFd = 4;
inline constexpr int kSetupFd = 5;

enum class MessageType : uint32_t {
  // to the classifier
  kClassify = 1,  // bank; a = objects; b = bytes of their list at the start of the bank
  kData,          // answer to kNeed and kToolRead: a = bytes given, b = StatusCode
  kGoOn,          // the part of results, or of a tool's input, was taken: b = StatusCode
  kToolDone,      // a = bytes of output, b = StatusCode, c = 1 when the output was cut
  // from the classifier
  kReady,      // the rules are loaded and the sandbox holds
  kRefused,    // it does not: a = bytes of the reason in the output region of bank 0
  kResults,    // bank; a = bytes in its output region; b = 1 when these are the last
  kNeed,       // a = offset in the object, b = bytes, c = kWindowLarge or kWindowRange
  kToolBegin,  // a = Tool, b = bytes of input
  kToolInput,  // a = bytes of input in the range window
  kToolRun,    // a = output limit
  kToolRead,   // a = offset in the output, b = bytes, into the range window
};

struct Message {
  MessageType type{};
  uint32_t bank = 0;
  uint64_t a = 0;
  uint64_t b = 0;
  uint64_t c = 0;
};
static_assert(sizeof(Message) == 32);

inline constexpr uint64_t kWindowLarge = 0;
inline constexpr uint64_t kWindowRange = 1;

// The first page of the arena. Written by the classifier, so worth no more than a hint.
struct ArenaControl {
  std::atomic<uint64_t> reading;  // sequence number of the object being read
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

// Where things lie in the arena. Two banks, so that one is filled while the other is read.
struct ArenaLayout {
  static constexpr size_t kBanks = 2;
  static constexpr size_t kControlBytes = 4096;
  static constexpr size_t kBankBytes = 1 << 20;    // a list of objects with the bytes of small ones
  static constexpr size_t kOutputBytes = 1 << 20;  // results of one bank, in parts when more
  static constexpr size_t kRangeBytes = 1 << 20;   // ranges asked for, tool input and output
  static constexpr size_t kDefaultLargeBytes = 8u << 20;
  static constexpr size_t kMaxLargeBytes = 32u << 20;

  size_t large_bytes = kDefaultLargeBytes;  // first part, then the moving window of a large object

  static constexpr size_t BankOffset(size_t bank) { return kControlBytes + bank * kBankBytes; }
  static constexpr size_t OutputOffset(size_t bank) {
    return BankOffset(kBanks) + bank * kOutputBytes;
  }
  static constexpr size_t RangeOffset() { return OutputOffset(kBanks); }
  static constexpr size_t LargeOffset() { return RangeOffset() + kRangeBytes; }
  size_t TotalBytes() const { return LargeOffset() + large_bytes; }
};

// Results of one object may not take more than this.
inline constexpr uint64_t kMaxResultBytes = 64ull << 20;

// How the classifier ends when there is no memory left.
inline constexpr int kExitOutOfMemory = 70;

}  // namespace assay
