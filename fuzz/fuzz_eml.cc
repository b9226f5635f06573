#include "extract/format_list.h"
#include "fuzz_extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return assay::FuzzExtractor(assay::ExtractEml, "fuzz.eml", data, size);
}
