#include <cstdlib>

#include "extract/zip_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kMax = 1 << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto reader = assay::ZipReader::Open(bytes, 1000);
  if (!reader.ok()) return 0;
  size_t read = 0;
  for (const assay::ZipMember& member : reader->members()) {
    const auto content = reader->Read(member, kMax);
    if (content.ok() && content->size() > kMax) std::abort();
    if (++read == 50) break;
  }
  return 0;
}
