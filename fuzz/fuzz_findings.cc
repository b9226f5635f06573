// What a classifier process answers, and what is kept of it: nobody vouches for either.
#include <cstdlib>
#include <string>
#include <string_view>

#include "classify/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace assay;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Classification values;
  Classification kept;
  const bool ok = DecodeFindings(bytes, DetectionsAs::kValues, &values).ok();
  if (DecodeFindings(bytes, DetectionsAs::kBytes, &kept).ok() != ok) std::abort();
  if (ok) {
    // What was only checked says the same once it is looked at.
    const std::string whole = ClassificationToJson(values);
    if (WithDetections(ClassificationToJson(kept), kept.encoded_detections) != whole) std::abort();
    std::string again;
    EncodeFindings(values, &again);
    Classification back;
    if (!DecodeFindings(again, DetectionsAs::kValues, &back).ok()) std::abort();
    if (ClassificationToJson(back) != whole) std::abort();
  }
  (void)WithDetections("{}", bytes);
  return 0;
}
