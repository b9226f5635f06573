// The border between the engine and libassay-columnar.so: plain virtual calls, so that the plug-in
// needs none of our libraries and the engine none of Arrow's.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

enum class ColumnarFormat : int { kParquet = 1, kOrc = 2, kArrow = 3 };

enum class ColumnarOutcome : int {
  kDone = 0,
  kCutByBudget = 1,  // the input budget is used up; rows before were given
  kDamaged = 2,
  kUnsupported = 3,
  kOutOfMemory = 4,  // over memory_limit()
  kEncrypted = 5,
  kStopped = 6,  // the host said stop
};

// What the engine offers to the plug-in.
class ColumnarHost {
 public:
  virtual uint64_t size() const = 0;  // of the whole object, bytes
  // Up to n bytes at `offset` to `out`; how many, or -1.
  virtual int64_t ReadAt(uint64_t offset, char* out, uint64_t n) = 0;
  // Bytes of input after which reading ends at the next batch of rows.
  virtual uint64_t input_budget() const = 0;
  virtual uint64_t memory_limit() const = 0;

  // Columns are numbered as they come up; a list element is a column of its own.
  virtual void NameColumn(uint32_t column, std::string_view name, std::string_view path) = 0;
  virtual void AddCell(uint32_t column, std::string_view text) = 0;
  // Ends a row of the file. False: stop.
  virtual bool EndRow() = 0;

 protected:
  ~ColumnarHost() = default;
};

// The symbols of the plug-in. The number is raised with every change of this file.
#define ASSAY_COLUMNAR_SYMBOL "assay_extract_columnar_v1"
using ColumnarEntry = ColumnarOutcome (*)(ColumnarFormat format, ColumnarHost* host);
// Reads what the plug-in needs of the system's files; to be called before the process is locked in.
#define ASSAY_COLUMNAR_PREPARE_SYMBOL "assay_prepare_columnar_v1"
using ColumnarPrepare = void (*)();

}  // namespace assay
