// Decoder: compressed bytes in, plain bytes out, step by step, in bounded memory. One
// implementation per compression format; decoded_source.h turns one into a ByteSource.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/status.h"

namespace assay {

class Decoder {
 public:
  struct Step {
    size_t consumed = 0;  // bytes of `in` that are done with
    size_t produced = 0;  // bytes written to `out`
    bool ended = false;   // the compressed stream is complete; what follows in `in` is not ours
  };

  virtual ~Decoder() = default;

  // Decodes from `in` to at most `n` bytes at `out`. `last` says that no input follows behind `in`.
  // A step that neither consumes nor produces anything means: more input is needed. Bytes produced
  // before damage are given by a step of their own; kDataLoss comes with the next call.
  virtual Result<Step> Decode(std::string_view in, bool last, char* out, size_t n) = 0;
};

}  // namespace assay
