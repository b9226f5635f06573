// DocumentWriter: collects the text of a document (mail, word processor, sheet, slides) together
// with where each run of it stands, and hands it on as TextPieces of bounded size whose locator
// knows line, page, cell, column name, record and field name.
//
// Thread rule: one thread. Used by the extractors of documents; not an interface of the folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/text_piece.h"
#include "extract/extractor.h"

namespace assay {

class DocumentWriter {
 public:
  // `context` must outlive the writer.
  explicit DocumentWriter(ExtractContext& context);
  DocumentWriter(const DocumentWriter&) = delete;
  DocumentWriter& operator=(const DocumentWriter&) = delete;
  ~DocumentWriter();

  // The text from here on stands on this page or slide (1-based). Starts a line when the text
  // before did not end one.
  void BeginPage(uint32_t page);
  void EndPage();
  // The text from here on belongs to this record (message of a mailbox, 0-based).
  void BeginRecord(uint64_t record);

  // Appends UTF-8 text to the current line; it may hold line ends itself.
  void Text(std::string_view text);
  // Ends the line unless nothing was written on it.
  void EndLine();
  // A line "name: value", with `name` as the field name of the value. Nothing when value is empty.
  void Field(std::string_view name, std::string_view value);

  // Table cells. BeginTable makes the following cells cells of `sheet` ("" for a table without a
  // name). Cell writes one cell, separated by a tab from the one before on its line; empty values
  // write nothing. Row and column are 1-based. A caller ends each row with EndLine.
  void BeginTable(std::string_view sheet);
  void Cell(uint32_t row, uint32_t column, std::string_view column_name, std::string_view value);
  void EndTable();

  // Hands on what was collected so far, then lets `read` emit text of the same member through a
  // context that continues this writer's offsets and keeps its page and record: an HTML body
  // within a mail.
  Status AppendFrom(const std::function<Status(ExtractContext& context)>& read);

  // True once the sink wants no more; everything written after is dropped.
  bool stopped() const { return stopped_; }
  // Hands on the rest. kCancelled when the sink stopped.
  Status Finish();

 private:
  struct Place {
    uint32_t page = 0;  // 0: none
    uint32_t row = 0;   // 0: not a cell
    uint32_t column = 0;
    uint32_t sheet = 0;  // index into names_
    uint32_t name = 0;   // index into names_: column header or field
    std::optional<uint64_t> record;
    bool operator==(const Place&) const = default;
  };
  struct Run {
    size_t begin;  // offset in buffer_
    Place place;
  };
  class PieceLocator;
  class ContinuedContext;

  void StartRun();
  // Emits buffer_; with `last` the whole of it is owned, else the end stays as overlap.
  void Flush(bool last);
  uint32_t NameId(std::string_view name);

  ExtractContext& context_;
  std::string buffer_;
  std::vector<Run> runs_;  // ascending; the first begins at 0 once there is text
  Place place_;
  size_t own_begin_ = 0;      // what lies before has been owned by an earlier piece
  uint64_t base_offset_ = 0;  // of buffer_[0] in the member's text
  uint64_t base_line_ = 1;    // of buffer_[0]
  size_t base_column_ = 0;    // code points on that line before buffer_[0]
  std::vector<std::string> names_;
  std::map<std::string, uint32_t, std::less<>> name_ids_;
  bool stopped_ = false;
};

}  // namespace assay
