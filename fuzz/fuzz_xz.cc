#include "extract/compression.h"
#include "fuzz_extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return assay::FuzzExtractor(assay::ExtractXz, "a.xz", data, size);
}
