#include <cstdlib>

#include "extract/columnar.h"
#include "extract/format_list.h"
#include "fuzz_extract.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (!assay::LoadColumnarPlugin(ASSAY_BINARY_DIR).ok()) std::abort();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return assay::FuzzExtractor(assay::ExtractArrow, "a.arrow", data, size);
}
