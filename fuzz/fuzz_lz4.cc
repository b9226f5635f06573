#include "extract/compression.h"
#include "fuzz_extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return assay::FuzzExtractor(assay::ExtractLz4, "a.lz4", data, size);
}
