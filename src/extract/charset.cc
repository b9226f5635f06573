#include "extract/charset.h"

#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

namespace assay {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

Converter OpenConverter(const char* charset) {
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(charset, &error));
  return U_SUCCESS(error) ? std::move(converter) : nullptr;
}

// Runs `from` to the end over `bytes`, some kilobytes at a time.
std::string Convert(UConverter* from, std::string_view bytes) {
  const Converter to = OpenConverter("UTF-8");
  if (to == nullptr) return {};
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  UChar pivot[1024];
  UChar* pivot_source = pivot;
  UChar* pivot_target = pivot;
  char chunk[4096];
  const char* source = bytes.data();
  const char* const source_end = source + bytes.size();
  bool reset = true;
  while (true) {
    char* target = chunk;
    UErrorCode error = U_ZERO_ERROR;
    ucnv_convertEx(to.get(), from, &target, chunk + sizeof chunk, &source, source_end, pivot,
                   &pivot_source, &pivot_target, pivot + 1024, reset, /*flush=*/true, &error);
    out.append(chunk, static_cast<size_t>(target - chunk));
    reset = false;
    if (error != U_BUFFER_OVERFLOW_ERROR) return out;
  }
}

bool IsAscii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string DecodeCharset(std::string_view bytes, std::string_view charset) {
  if (!charset.empty() && charset.size() < 64) {
    if (const Converter from = OpenConverter(std::string(charset).c_str())) {
      UErrorCode error = U_ZERO_ERROR;
      // Mail that says ASCII or Latin-1 is as often something else: those two fall through.
      const std::string_view name = ucnv_getName(from.get(), &error);
      if (name != "US-ASCII" && name != "ISO-8859-1") return Convert(from.get(), bytes);
    }
  }
  if (IsAscii(bytes) || IsUtf8(bytes)) return std::string(bytes);
  const Converter western = OpenConverter("windows-1252");
  return western ? Convert(western.get(), bytes) : std::string(bytes);
}

std::string CodePageCharset(uint32_t code_page) {
  switch (code_page) {
    case 0:
      return {};
    case 1200:
      return "UTF-16LE";
    case 10000:
      return "macintosh";
    case 20127:
      return "US-ASCII";
    case 65001:
      return "UTF-8";
    default:
      break;
  }
  const std::string number = std::to_string(code_page);
  for (const char* prefix : {"windows-", "cp", "ibm-"}) {
    if (OpenConverter((prefix + number).c_str()) != nullptr) return prefix + number;
  }
  return {};
}

std::string DecodeUtf16Le(std::string_view bytes) {
  const Converter from = OpenConverter("UTF-16LE");
  return from ? Convert(from.get(), bytes) : std::string();
}

void AppendUtf8(uint32_t code_point, std::string* out) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000)) code_point = 0xFFFD;
  char encoded[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(encoded, length, code_point);
  out->append(encoded, static_cast<size_t>(length));
}

bool IsUtf8(std::string_view bytes) {
  size_t i = 0;
  const auto* text = reinterpret_cast<const uint8_t*>(bytes.data());
  while (i < bytes.size()) {
    UChar32 c;
    U8_NEXT(text, i, bytes.size(), c);
    if (c < 0) return false;
  }
  return true;
}

}  // namespace assay
