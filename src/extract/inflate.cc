#include "extract/inflate.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace assay {
namespace {

constexpr size_t kReadAhead = 8;
constexpr size_t kMaxStep = std::numeric_limits<int32_t>::max() / 2;

uint32_t IsalFlag(DeflateWrapper wrapper) {
  switch (wrapper) {
    case DeflateWrapper::kRaw:
      return ISAL_DEFLATE;
    case DeflateWrapper::kZlib:
      return ISAL_ZLIB;
    case DeflateWrapper::kGzip:
      return ISAL_GZIP;
  }
  return ISAL_DEFLATE;
}

class InflateDecoder final : public Decoder {
 public:
  explicit InflateDecoder(DeflateWrapper wrapper) : wrapper_(wrapper) {
    isal_inflate_init(&state_);
    state_.crc_flag = IsalFlag(wrapper);
  }

  Result<Step> Decode(std::string_view in, bool last, char* out, size_t n) override {
    Step step;
    while (true) {
      if (failed_) return DataLoss("damaged deflate stream");
      if (done_) {
        step.ended = true;
        return step;
      }
      const bool again = !given_back_.empty();
      const std::string feed = std::exchange(given_back_, {});
      const std::string_view input = again ? std::string_view(feed) : in.substr(step.consumed);
      if (finished_ && !NextMember(input, last && !again, &step)) return step;
      const size_t used = Run(input, out, std::min(n, kMaxStep), &step);
      if (again) {
        given_back_ += feed.substr(used);
      } else {
        step.consumed += used;
      }
      // What ended with this step is told by the next call; what was given back is used up before
      // the caller is asked for more.
      if (step.produced > 0 || (step.consumed > 0 && given_back_.empty())) return step;
      if (!again && !finished_ && !done_ && !failed_) return step;
      if (again && used == 0 && !finished_) failed_ = true;
    }
  }

 private:
  // One call of ISA-L. Returns how many bytes of `input` are used.
  size_t Run(std::string_view input, char* out, size_t n, Step* step) {
    const size_t in_size = std::min(input.size(), kMaxStep);
    // ISA-L reads through a pointer to non-const but does not write there.
    state_.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(input.data()));
    state_.avail_in = static_cast<uint32_t>(in_size);
    state_.next_out = reinterpret_cast<uint8_t*>(out);
    state_.avail_out = static_cast<uint32_t>(n);
    const int code = isal_inflate(&state_);
    step->produced = n - state_.avail_out;
    const size_t used = TakeUsed(input, static_cast<int64_t>(in_size) - state_.avail_in);
    if (code < 0 || code == ISAL_NEED_DICT) {
      Fail(step);
    } else if (state_.block_state == ISAL_BLOCK_FINISH) {
      finished_ = true;
      members_++;
      if (wrapper_ != DeflateWrapper::kGzip) done_ = true;
    }
    return used;
  }

  // ISA-L reads up to eight bytes ahead and steps back over them at the end of a stream; those of
  // an earlier call can only be kept and fed again (`used` is then negative).
  size_t TakeUsed(std::string_view input, int64_t used) {
    if (used < 0) {
      const auto back = std::min(static_cast<size_t>(-used), recent_.size());
      given_back_ = recent_.substr(recent_.size() - back);
      recent_.resize(recent_.size() - back);
      return 0;
    }
    const std::string_view passed = input.substr(0, static_cast<size_t>(used));
    recent_.append(passed.substr(passed.size() - std::min(passed.size(), kReadAhead)));
    if (recent_.size() > kReadAhead) recent_.erase(0, recent_.size() - kReadAhead);
    return passed.size();
  }

  // Between two gzip members: true when `in` starts another one.
  bool NextMember(std::string_view in, bool last, Step* step) {
    if (in.empty() && !last) return false;
    if (in.empty() || static_cast<unsigned char>(in[0]) != 0x1f) {
      done_ = true;
      step->ended = true;
      return false;
    }
    isal_inflate_reset(&state_);
    state_.crc_flag = IsalFlag(wrapper_);
    finished_ = false;
    return true;
  }

  // A bad header behind a good member is padding, not damage.
  void Fail(const Step* step) {
    done_ = members_ > 0 && state_.total_out == 0 && step->produced == 0;
    failed_ = !done_;
  }

  DeflateWrapper wrapper_;
  bool finished_ = false;  // the current member is complete
  bool done_ = false;
  bool failed_ = false;
  uint64_t members_ = 0;
  std::string recent_;      // the last bytes used
  std::string given_back_;  // to be used again before new input
  inflate_state state_;
};

}  // namespace

std::unique_ptr<Decoder> NewInflateDecoder(DeflateWrapper wrapper) {
  return std::make_unique<InflateDecoder>(wrapper);
}

Result<std::string> InflateRaw(std::string_view in, size_t max, bool* cut) {
  constexpr size_t kFirstGuess = 64 * 1024;
  InflateDecoder decoder(DeflateWrapper::kRaw);
  std::string out;
  bool ended = false;
  while (!ended && out.size() < max) {
    const size_t old = out.size();
    out.resize(std::min(max, std::max(kFirstGuess, old * 2)));
    Result<Decoder::Step> step = decoder.Decode(in, true, out.data() + old, out.size() - old);
    out.resize(old + (step.ok() ? step->produced : 0));
    if (!step.ok()) {
      if (out.empty()) return step.status();
      break;
    }
    in.remove_prefix(step->consumed);
    ended = step->ended;
    if (step->consumed == 0 && step->produced == 0) break;
  }
  if (!ended && out.size() == max) {
    // Exactly `max` bytes: whether the stream ends here takes one more step.
    char probe;
    Result<Decoder::Step> step = decoder.Decode(in, true, &probe, 1);
    ended = step.ok() && step->produced == 0 && step->ended;
  }
  if (!ended && out.empty() && max > 0) return DataLoss("deflate stream without content");
  if (cut != nullptr) *cut = !ended;
  return out;
}

}  // namespace assay
