// WideBits: the bit instructions of processors since 2013 (BMI, BMI2, AVX2) for the lanes, whose
// inner loops are shifts and bit scans. A lane is compiled twice, with and without them; which one
// runs is decided at run time, and both find the same.
//
// Thread rule: pure functions.
#pragma once

namespace assay {

// A function with this compiles everything it calls into itself, with those instructions. Call it
// only when HasWideBits().
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ASSAY_WIDE_BITS __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"), flatten))
inline bool HasWideBits() {
  static const bool kHas =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
      __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("lzcnt") != 0 &&
      __builtin_cpu_supports("popcnt") != 0;
  return kHas;
}
#else
#define ASSAY_WIDE_BITS
inline bool HasWideBits() { return false; }
#endif

}  // namespace assay
