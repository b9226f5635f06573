#include "extract/encoding.h"

#include <simdjson.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace assay {
namespace {

// What ICU is shown: it takes some 100 us for every KB.
constexpr size_t kDetectBytes = 4 * 1024;
constexpr size_t kConvertBytes = 256 * 1024;

using std::string_view_literals::operator""sv;

std::string_view BomEncoding(std::string_view head, size_t* size) {
  constexpr std::pair<std::string_view, std::string_view> kBoms[] = {
      {"\xef\xbb\xbf"sv, "UTF-8"},    {"\xff\xfe\0\0"sv, "UTF-32LE"},
      {"\0\0\xfe\xff"sv, "UTF-32BE"}, {"\xff\xfe"sv, "UTF-16LE"},
      {"\xfe\xff"sv, "UTF-16BE"},     {"\x84\x31\x95\x33"sv, "GB18030"},
  };
  for (const auto& [bom, name] : kBoms) {
    if (head.starts_with(bom)) {
      *size = bom.size();
      return name;
    }
  }
  return {};
}

// UTF-16 and UTF-32 without BOM show in where the NULs are.
std::string_view WideEncoding(std::string_view sample) {
  size_t nul[4] = {};
  for (size_t i = 0; i < sample.size(); ++i) nul[i % 4] += sample[i] == '\0' ? 1 : 0;
  const size_t quarter = sample.size() / 4;
  if (quarter < 2) return {};
  const auto many = [&](size_t at) { return nul[at] * 2 >= quarter; };
  const auto few = [&](size_t at) { return nul[at] * 10 <= quarter; };
  if (few(0) && many(1) && many(2) && many(3)) return "UTF-32LE";
  if (few(3) && many(0) && many(1) && many(2)) return "UTF-32BE";
  if (few(0) && few(2) && many(1) && many(3)) return "UTF-16LE";
  if (few(1) && few(3) && many(0) && many(2)) return "UTF-16BE";
  return {};
}

// Valid text with a few damaged bytes stays UTF-8: the rest is readable as it is.
bool IsMostlyUtf8(std::string_view sample) {
  size_t good = 0;
  size_t bad = 0;
  for (size_t i = 0; i < sample.size();) {
    if ((sample[i] & 0x80) == 0) {
      ++i;
      continue;
    }
    const size_t length = Utf8SequenceLength(sample.substr(i));
    good += length > 0 ? 1 : 0;
    // A sequence cut by the end of the sample is no damage.
    if (length == 0 && i + 4 <= sample.size()) ++bad;
    i += std::max<size_t>(length, 1);
  }
  return bad == 0 || good > 8 * bad;
}

std::string DetectByIcu(std::string_view sample) {
  UErrorCode error = U_ZERO_ERROR;
  UCharsetDetector* detector = ucsdet_open(&error);
  if (U_FAILURE(error)) return "windows-1252";
  ucsdet_setText(detector, sample.data(), static_cast<int32_t>(sample.size()), &error);
  const UCharsetMatch* match = ucsdet_detect(detector, &error);
  std::string name = "windows-1252";
  if (U_SUCCESS(error) && match != nullptr && ucsdet_getConfidence(match, &error) >= 10) {
    const char* found = ucsdet_getName(match, &error);
    if (U_SUCCESS(error) && std::strncmp(found, "UTF-", 4) != 0 &&
        std::strncmp(found, "IBM", 3) != 0) {
      name = found;
    }
  }
  ucsdet_close(detector);
  // Bytes 0x80-0x9f are control codes in ISO 8859-1 and letters in its superset.
  return name == "ISO-8859-1" ? "windows-1252" : name;
}

// Whether the bytes beyond ASCII are the accented letters and signs of Western European text, most
// of them alone among ASCII (those of other scripts stand in whole words): windows-1252 without
// asking further.
bool IsWestern(std::string_view sample) {
  constexpr std::string_view kUsual =
      "\x80\x85\x91\x92\x93\x94\x96\x97\xa0\xa7\xa9\xb0\xc4\xc9\xd6\xdc\xdf\xe0\xe1\xe2\xe4\xe5"
      "\xe6\xe7\xe8\xe9\xea\xeb\xed\xee\xef\xf1\xf3\xf4\xf6\xf9\xfa\xfb\xfc";
  size_t alone = 0;
  size_t joined = 0;
  bool before = false;
  for (const char c : sample) {
    const bool high = (c & 0x80) != 0;
    if (high && kUsual.find(c) == std::string_view::npos) return false;
    if (high) ++(before ? joined : alone);
    before = high;
  }
  return joined * 4 <= alone;
}

// The part of `chunk` from a little before its first byte that is not ASCII: where there is
// something to see.
std::string_view TellingPart(std::string_view chunk) {
  size_t at = 0;
  while (at + 4096 < chunk.size() && IsAscii(chunk.substr(at, 4096))) at += 4096;
  return chunk.substr(at, kDetectBytes);
}

}  // namespace

bool IsAscii(std::string_view bytes) {
  size_t i = 0;
#if defined(__SSE2__)
  for (; i + 64 <= bytes.size(); i += 64) {
    const auto load = [&](size_t at) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + i + at));
    };
    const __m128i any =
        _mm_or_si128(_mm_or_si128(load(0), load(16)), _mm_or_si128(load(32), load(48)));
    if (_mm_movemask_epi8(any) != 0) return false;
  }
#endif
  while (i + 64 <= bytes.size()) {
    uint64_t words[8];
    std::memcpy(words, bytes.data() + i, sizeof(words));
    uint64_t any = 0;
    for (const uint64_t word : words) any |= word;
    if ((any & 0x8080808080808080ull) != 0) return false;
    i += 64;
  }
  for (; i < bytes.size(); ++i) {
    if ((bytes[i] & 0x80) != 0) return false;
  }
  return true;
}

std::string DetectEncoding(std::string_view sample) {
  size_t bom_size = 0;
  if (const std::string_view bom = BomEncoding(sample, &bom_size); !bom.empty()) {
    return std::string(bom);
  }
  const std::string_view look = sample.substr(0, 4096);
  if (look.find('\0') != std::string_view::npos) {
    if (const std::string_view wide = WideEncoding(look); !wide.empty()) return std::string(wide);
  }
  if (IsAscii(sample)) {
    return sample.find("\x1b$"sv) != std::string_view::npos ? DetectByIcu(TellingPart(sample))
                                                            : "US-ASCII";
  }
  if (simdjson::validate_utf8(sample)) return "UTF-8";
  const std::string_view part = TellingPart(sample);
  if (IsMostlyUtf8(part)) return "UTF-8";
  return IsWestern(part) ? "windows-1252" : DetectByIcu(part);
}

struct Utf8Stream::Converter {
  UConverter* from = nullptr;
  UConverter* to = nullptr;
  std::vector<UChar> pivot = std::vector<UChar>(2048);
  UChar* pivot_source = pivot.data();
  UChar* pivot_target = pivot.data();

  ~Converter() {
    if (from != nullptr) ucnv_close(from);
    if (to != nullptr) ucnv_close(to);
  }
  static std::unique_ptr<Converter> Open(const std::string& name) {
    auto converter = std::make_unique<Converter>();
    UErrorCode error = U_ZERO_ERROR;
    converter->from = ucnv_open(name.c_str(), &error);
    converter->to = ucnv_open("UTF-8", &error);
    return U_FAILURE(error) ? nullptr : std::move(converter);
  }
};

Utf8Stream::Utf8Stream(ByteSource& source, std::string_view declared)
    : source_(source), declared_(declared) {}

Utf8Stream::~Utf8Stream() = default;

// Sets encoding_ and opens a converter when `chunk` shows what the text is.
void Utf8Stream::Decide(std::string_view chunk) {
  std::string found = DetectEncoding(chunk);
  if (found == "US-ASCII") return;
  decided_ = true;
  const bool legacy = found != "UTF-8" && !found.starts_with("UTF-");
  if (legacy && !declared_.empty()) {
    if (auto declared = Converter::Open(declared_); declared != nullptr) {
      encoding_ = declared_;
      converter_ = std::move(declared);
      return;
    }
  }
  encoding_ = found;
  if (found != "UTF-8") converter_ = Converter::Open(found);
}

std::string_view Utf8Stream::Convert(std::string_view bytes, bool flush) {
  // No encoding makes more than three bytes of UTF-8 from one of its own.
  if (const size_t most = bytes.size() * 3 + 64; converted_size_ < most) {
    converted_ = std::make_unique_for_overwrite<char[]>(most);
    converted_size_ = most;
  }
  char* target = converted_.get();
  const char* target_end = target + converted_size_;
  const char* from = bytes.data();
  UErrorCode error = U_ZERO_ERROR;
  Converter& c = *converter_;
  ucnv_convertEx(c.to, c.from, &target, target_end, &from, bytes.data() + bytes.size(),
                 c.pivot.data(), &c.pivot_source, &c.pivot_target, c.pivot.data() + c.pivot.size(),
                 0, flush ? 1 : 0, &error);
  return {converted_.get(), static_cast<size_t>(target - converted_.get())};
}

Result<std::string_view> Utf8Stream::Next() {
  while (true) {
    if (!pending_.empty()) {
      const std::string_view part = pending_.substr(0, kConvertBytes);
      pending_.remove_prefix(part.size());
      const std::string_view text = Convert(part, false);
      if (!text.empty()) return text;
      continue;
    }
    ASSAY_ASSIGN_OR_RETURN(std::string_view chunk, source_.Next(SIZE_MAX));
    if (chunk.empty()) {
      at_end_ = true;
      if (converter_ == nullptr || flushed_) return std::string_view();
      flushed_ = true;
      return Convert({}, true);
    }
    consumed_ += chunk.size();
    if (!decided_) Decide(chunk);
    if (first_) {
      size_t bom_size = 0;
      first_ = false;
      if (!BomEncoding(chunk, &bom_size).empty()) chunk.remove_prefix(bom_size);
      if (converter_ == nullptr) skipped_ = bom_size;
      if (chunk.empty()) continue;
    }
    if (converter_ == nullptr) {
      at_end_ = source_.size() && consumed_ == *source_.size();
      return chunk;
    }
    pending_ = chunk;
  }
}

}  // namespace assay
