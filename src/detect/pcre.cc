#include "detect/pcre.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <vector>

#include "detect/dfa.h"

namespace assay {
namespace {

constexpr uint32_t kMatchLimit = 100'000;
constexpr uint32_t kDepthLimit = 2'000;
constexpr size_t kHeapLimitKib = 4096;

std::string WithBoundary(std::string_view pattern, Boundary boundary) {
  const std::string inner = "(?:" + std::string(pattern) + ")";
  switch (boundary) {
    case Boundary::kNone:
      return inner;
    case Boundary::kDigit:
      return "(?<![0-9])" + inner + "(?![0-9])";
    case Boundary::kWord:
      return "(?<![A-Za-z0-9_])" + inner + "(?![A-Za-z0-9_])";
    case Boundary::kToken:
      return "(?<![A-Za-z0-9+/=_-])" + inner + "(?![A-Za-z0-9+/=_-])";
  }
  return inner;
}

PCRE2_SPTR Bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct PcreScratch::Impl {
  Impl()
      : data(pcre2_match_data_create(4096, nullptr)),
        context(pcre2_match_context_create(nullptr)),
        workspace(20'000) {
    pcre2_set_match_limit(context, kMatchLimit);
    pcre2_set_depth_limit(context, kDepthLimit);
    pcre2_set_heap_limit(context, kHeapLimitKib);
  }
  ~Impl() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
  }
  pcre2_match_data* data;
  pcre2_match_context* context;
  std::vector<int> workspace;
};

PcreScratch::PcreScratch() : impl_(std::make_unique<Impl>()) {}
PcreScratch::~PcreScratch() = default;

struct PcrePattern::Impl {
  static Result<std::unique_ptr<PcrePattern>> Compile(std::string_view pattern,
                                                      bool case_insensitive, Boundary boundary,
                                                      uint32_t extra_options);
  ~Impl() { pcre2_code_free(code); }
  pcre2_code* code = nullptr;
};

PcrePattern::PcrePattern() : impl_(std::make_unique<Impl>()) {}
PcrePattern::~PcrePattern() = default;

Result<std::unique_ptr<PcrePattern>> PcrePattern::Compile(std::string_view pattern,
                                                          bool case_insensitive,
                                                          Boundary boundary) {
  return Impl::Compile(pattern, case_insensitive, boundary, 0);
}

Result<std::unique_ptr<PcrePattern>> PcrePattern::Impl::Compile(std::string_view pattern,
                                                                bool case_insensitive,
                                                                Boundary boundary,
                                                                uint32_t extra_options) {
  int error = 0;
  PCRE2_SIZE at = 0;
  const std::string whole = WithBoundary(pattern, boundary);
  std::unique_ptr<PcrePattern> compiled(new PcrePattern);
  const uint32_t options = extra_options | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C |
                           (case_insensitive ? PCRE2_CASELESS : 0u);
  compiled->impl_->code = pcre2_compile(Bytes(whole), whole.size(), options, &error, &at, nullptr);
  if (compiled->impl_->code == nullptr) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    const size_t shift = whole.find("(?:") + 3;
    return InvalidArgument("pattern, byte " + std::to_string(at > shift ? at - shift : 0) + ": " +
                           reinterpret_cast<const char*>(text.data()));
  }
  // Without JIT it is slower, not wrong.
  if (extra_options == 0) pcre2_jit_compile(compiled->impl_->code, PCRE2_JIT_COMPLETE);
  return compiled;
}

std::optional<size_t> PcrePattern::LongestAt(std::string_view text, size_t begin,
                                             PcreScratch& scratch) const {
  PcreScratch::Impl& s = scratch.impl();
  const size_t limit = begin + kMaxMatchBytes;
  // One byte more than the longest match, for what stands behind it.
  const std::string_view window = text.substr(0, std::min(text.size(), limit + 1));
  const int count =
      pcre2_dfa_match(impl_->code, Bytes(window), window.size(), begin, PCRE2_ANCHORED, s.data,
                      s.context, s.workspace.data(), s.workspace.size());
  if (count < 0) return std::nullopt;
  const PCRE2_SIZE* spans = pcre2_get_ovector_pointer(s.data);
  const int found = count == 0 ? static_cast<int>(pcre2_get_ovector_count(s.data)) : count;
  for (int i = 0; i < found; ++i) {
    if (spans[2 * i + 1] <= limit && spans[2 * i + 1] > begin) return spans[2 * i + 1];
  }
  return std::nullopt;
}

std::optional<TextSpan> PcrePattern::Find(std::string_view text, size_t from, PcreScratch& scratch,
                                          bool* limit_reached) const {
  PcreScratch::Impl& s = scratch.impl();
  const int code =
      pcre2_match(impl_->code, Bytes(text), text.size(), from, PCRE2_NOTEMPTY, s.data, s.context);
  if (code < 0) {
    if (code != PCRE2_ERROR_NOMATCH) *limit_reached = true;
    return std::nullopt;
  }
  const PCRE2_SIZE* spans = pcre2_get_ovector_pointer(s.data);
  return TextSpan{spans[0], spans[1]};
}

bool PcrePattern::MatchesEmpty() const {
  uint32_t empty = 0;
  pcre2_pattern_info(impl_->code, PCRE2_INFO_MATCHEMPTY, &empty);
  return empty != 0;
}

bool PcrePattern::IsAffordable(std::string_view pattern, bool case_insensitive, Boundary boundary) {
  // Without the optimisations that give up early on some texts only: a hostile text avoids those.
  const auto compiled = Impl::Compile(pattern, case_insensitive, boundary,
                                      PCRE2_NO_START_OPTIMIZE | PCRE2_NO_AUTO_POSSESS);
  if (!compiled.ok()) return false;
  std::string mixed;
  for (int i = 0; i < 100; ++i) mixed += "a1 -";
  PcreScratch scratch;
  for (const std::string& subject : {std::string(400, 'a'), std::string(400, '1'),
                                     std::string(400, ' '), std::string(400, 'A'), mixed}) {
    for (const std::string_view tail : {"", "!", "\n", "x!"}) {
      bool limit_reached = false;
      (*compiled)->Find(subject + std::string(tail), 0, scratch, &limit_reached);
      if (limit_reached) return false;
    }
  }
  return true;
}

}  // namespace assay
