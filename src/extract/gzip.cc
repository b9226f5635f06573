#include "extract/compression.h"
#include "extract/decoded_source.h"
#include "extract/inflate.h"

namespace assay {
namespace {

Status ExtractInflated(ByteSource& source, ExtractContext& context, DeflateWrapper wrapper) {
  return ExtractDecoded(source, context, *NewInflateDecoder(wrapper));
}

}  // namespace

Status ExtractGzip(ByteSource& source, ExtractContext& context) {
  return ExtractInflated(source, context, DeflateWrapper::kGzip);
}

Status ExtractZlib(ByteSource& source, ExtractContext& context) {
  return ExtractInflated(source, context, DeflateWrapper::kZlib);
}

Status ExtractDeflate(ByteSource& source, ExtractContext& context) {
  return ExtractInflated(source, context, DeflateWrapper::kRaw);
}

}  // namespace assay
