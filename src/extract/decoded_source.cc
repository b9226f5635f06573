#include "extract/decoded_source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace assay {
namespace {

constexpr size_t kInputChunk = 1 << 20;

// Pulls decoded bytes. Never fails: the reason for an early end is kept, and given as a mark before
// the reader sees the end, so that it is the mark that counts.
class DecodedPull {
 public:
  DecodedPull(ByteSource& source, ExtractContext& context, Decoder& decoder)
      : source_(source), context_(context), decoder_(decoder) {}

  size_t Pull(char* out, size_t n) {
    while (!ended_) {
      if (input_.empty() && !input_ended_) NextInput();
      Result<Decoder::Step> step = decoder_.Decode(input_, input_ended_, out, n);
      if (!step.ok()) {
        End(step.status());
        break;
      }
      input_.remove_prefix(step->consumed);
      if (step->ended) ended_ = true;
      if (step->consumed > 0 || step->produced > 0) {
        if (Status charged = context_.Charge(step->produced, step->consumed); !charged.ok()) {
          limit_ = charged;
          ended_ = true;  // behind what is decoded already
        }
      } else if (!ended_ && !NeedMore()) {
        break;
      }
      produced_ += step->produced;
      if (step->produced > 0) return step->produced;
    }
    return 0;
  }

  uint64_t produced() const { return produced_; }
  // Why the stream ended early; OK when it did not.
  const Status& damage() const { return damage_; }
  // Not OK when a limit ended it.
  const Status& limit() const { return limit_; }

 private:
  void NextInput() {
    Result<std::string_view> next = source_.Next(kInputChunk);
    if (next.ok()) input_ = *next;
    if (!next.ok() || input_.empty()) input_ended_ = true;
  }

  // The decoder made no progress: puts more input behind what is left, or ends.
  bool NeedMore() {
    if (input_ended_) {
      End(DataLoss("compressed data ends too early"));
      return false;
    }
    // Decoders keep partial headers themselves, but a few bytes may stay between two streams.
    carry_.assign(input_);
    Result<std::string_view> next = source_.Next(kInputChunk);
    if (!next.ok() || next->empty()) input_ended_ = true;
    if (next.ok()) carry_.append(*next);
    input_ = carry_;
    return true;
  }

  void End(const Status& why) {
    ended_ = true;
    damage_ = why;
    if (produced_ == 0) return;  // the caller says so
    context_.Partial(source_.truncated() ? PartialReason::kFileExceedsSizeLimit
                                         : PartialReason::kMalformedFile);
  }

  ByteSource& source_;
  ExtractContext& context_;
  Decoder& decoder_;
  std::string_view input_;
  std::string carry_;
  bool input_ended_ = false;
  bool ended_ = false;
  uint64_t produced_ = 0;
  Status damage_;
  Status limit_;
};

struct Ending {
  std::string_view compressed;
  std::string_view plain;
};
constexpr std::array<Ending, 24> kEndings = {{
    {".gz", ""},       {".tgz", ".tar"},  {".z", ""},        {".bz2", ""},  {".tbz", ".tar"},
    {".tbz2", ".tar"}, {".xz", ""},       {".txz", ".tar"},  {".lzma", ""}, {".tlz", ".tar"},
    {".lz", ""},       {".zst", ""},      {".tzst", ".tar"}, {".br", ""},   {".sz", ""},
    {".snappy", ""},   {".lz4", ""},      {".lzo", ""},      {".zz", ""},   {".zlib", ""},
    {".deflate", ""},  {".svgz", ".svg"}, {".taz", ".tar"},  {".bz", ""},
}};

bool EndsWithIgnoringCase(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  text.remove_prefix(text.size() - ending.size());
  return std::equal(text.begin(), text.end(), ending.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

}  // namespace

Status ExtractDecoded(ByteSource& source, ExtractContext& context, Decoder& decoder) {
  DecodedPull pull(source, context, decoder);
  StreamSource inner([&pull](char* out, size_t n) -> Result<size_t> { return pull.Pull(out, n); },
                     context.limits().max_member_bytes);
  // An empty or wholly damaged stream has no inner form to speak of.
  ASSAY_ASSIGN_OR_RETURN(const std::string_view head, inner.Head(1));
  if (head.empty()) return pull.limit().ok() ? pull.damage() : pull.limit();
  const Status status = context.ExtractInner(NameWithoutCompression(context.name()), inner);
  if (inner.truncated()) context.Partial(PartialReason::kArchiveExceedsSizeLimit);
  return status;
}

std::string NameWithoutCompression(std::string_view name) {
  for (const Ending& ending : kEndings) {
    if (!EndsWithIgnoringCase(name, ending.compressed)) continue;
    std::string plain(name.substr(0, name.size() - ending.compressed.size()));
    return plain.append(ending.plain);
  }
  return "";
}

}  // namespace assay
