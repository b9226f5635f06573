#include "extract/xls.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "extract/charset.h"
#include "extract/ole.h"
#include "extract/sheet_number.h"

namespace assay {
namespace {

// Record numbers ([MS-XLS] 2.3).
constexpr uint16_t kFormula = 0x0006;
constexpr uint16_t kEof = 0x000A;
constexpr uint16_t kDate1904 = 0x0022;
constexpr uint16_t kFilePass = 0x002F;
constexpr uint16_t kContinue = 0x003C;
constexpr uint16_t kBoundSheet = 0x0085;
constexpr uint16_t kMulRk = 0x00BD;
constexpr uint16_t kXf = 0x00E0;
constexpr uint16_t kSst = 0x00FC;
constexpr uint16_t kLabelSst = 0x00FD;
constexpr uint16_t kTxo = 0x01B6;
constexpr uint16_t kNumber = 0x0203;
constexpr uint16_t kLabel = 0x0204;
constexpr uint16_t kString = 0x0207;
constexpr uint16_t kRk = 0x027E;
constexpr uint16_t kFormat = 0x041E;
constexpr uint16_t kBof = 0x0809;

struct Record {
  uint16_t type = 0;
  std::string_view data;
};

// Records of a stream from an offset on.
class RecordReader {
 public:
  RecordReader(std::string_view stream, size_t at) : stream_(stream), at_(at) {}
  // False at the end; a record that is cut is given as far as it goes.
  bool Next(Record* record) {
    if (at_ > stream_.size() || stream_.size() - at_ < 4) return false;
    record->type = ReadLe16(stream_, at_);
    record->data = stream_.substr(at_ + 4, ReadLe16(stream_, at_ + 2));
    at_ += 4 + record->data.size();
    return true;
  }
  bool NextIsContinue() const { return ReadLe16(stream_, at_) == kContinue; }

 private:
  std::string_view stream_;
  size_t at_;
};

// Characters of a string: one byte each (Latin-1) or UTF-16.
std::string DecodeCharacters(std::string_view bytes, bool wide) {
  if (wide) return DecodeUtf16Le(bytes);
  std::string text;
  for (const char c : bytes) AppendUtf8(static_cast<uint8_t>(c), &text);
  return text;
}

// A string without formatting: 16-bit count (or 8-bit, for sheet names), flags, characters.
std::string ShortString(std::string_view data, size_t count_bytes) {
  const size_t count = count_bytes == 1 ? ReadLe16(data, 0) & 0xFF : ReadLe16(data, 0);
  if (data.size() <= count_bytes) return {};
  const bool wide = (data[count_bytes] & 1) != 0;
  return DecodeCharacters(data.substr(count_bytes + 1, wide ? count * 2 : count), wide);
}

// The shared strings: a table that goes on over CONTINUE records, each of which may begin in the
// middle of a string and then says anew how wide its characters are.
class SharedStrings {
 public:
  explicit SharedStrings(std::vector<std::string_view> blocks) : blocks_(std::move(blocks)) {}

  std::vector<std::string> Read() {
    std::vector<std::string> strings;
    Skip(8);  // the two counts, which may lie
    while (!AtEnd()) strings.push_back(ReadString());
    return strings;
  }

 private:
  bool AtEnd() {
    while (block_ < blocks_.size() && at_ >= blocks_[block_].size()) {
      ++block_;
      at_ = 0;
    }
    return block_ >= blocks_.size();
  }
  uint8_t Byte() { return AtEnd() ? uint8_t{0} : static_cast<uint8_t>(blocks_[block_][at_++]); }
  uint32_t Number(int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= uint32_t{Byte()} << (8 * i);
    return value;
  }
  void Skip(uint64_t count) {
    while (count > 0 && !AtEnd()) {
      const uint64_t step = std::min<uint64_t>(count, blocks_[block_].size() - at_);
      at_ += step;
      count -= step;
    }
  }
  std::string ReadString() {
    uint32_t count = Number(2);
    uint8_t flags = Byte();
    const uint32_t runs = (flags & 8) != 0 ? Number(2) : 0;
    const uint32_t extension = (flags & 4) != 0 ? Number(4) : 0;
    std::string text;
    for (bool first = true; count > 0; first = false) {
      if (at_ >= blocks_[std::min(block_, blocks_.size() - 1)].size() || !first) {
        if (AtEnd()) break;
        flags = Byte();
      }
      const bool wide = (flags & 1) != 0;
      const std::string_view rest = blocks_[block_].substr(at_);
      const size_t taken = std::min<size_t>(count, wide ? rest.size() / 2 : rest.size());
      text += DecodeCharacters(rest.substr(0, wide ? taken * 2 : taken), wide);
      count -= static_cast<uint32_t>(taken);
      at_ += wide ? taken * 2 : taken;
      if (taken == 0) at_ = blocks_[block_].size();  // half a character before the next block
    }
    Skip(uint64_t{runs} * 4 + extension);
    return text;
  }

  std::vector<std::string_view> blocks_;
  size_t block_ = 0;
  size_t at_ = 0;
};

double RkNumber(uint32_t rk) {
  double value = 0;
  if ((rk & 2) != 0) {
    value = static_cast<int32_t>(rk) >> 2;
  } else {
    const uint64_t bits = uint64_t{rk & 0xFFFFFFFC} << 32;
    std::memcpy(&value, &bits, sizeof value);
  }
  return (rk & 1) != 0 ? value / 100 : value;
}

double ReadDouble(std::string_view data, size_t at) {
  const uint64_t bits = ReadLe64(data, at);
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

class XlsReader {
 public:
  XlsReader(std::string_view stream, ExtractContext& context, DocumentWriter& writer)
      : stream_(stream), context_(context), writer_(writer) {}

  Status Read();

 private:
  struct Sheet {
    std::string name;
    uint32_t offset;
  };
  Status ReadGlobals();
  Status ReadSheet(const Sheet& sheet);
  void ReadCell(const Record& record);
  void ReadMulRk(std::string_view data);
  void ReadDrawnText(RecordReader& records);
  std::string NumberText(double number, uint16_t style) const;
  void Number(uint16_t row, uint16_t column, uint16_t style, double number) {
    Put(row, column, NumberText(number, style), /*is_text=*/false);
  }
  // Row and column are 0-based, as stored.
  void Put(uint16_t row, uint16_t column, std::string_view text, bool is_text);

  std::string_view stream_;
  ExtractContext& context_;
  DocumentWriter& writer_;
  Status status_;
  std::vector<Sheet> sheets_;
  std::vector<std::string> strings_;
  std::map<uint16_t, std::string> formats_;
  std::vector<uint16_t> style_formats_;
  bool since_1904_ = false;
  // Of the sheet being read: the first row names the columns when it holds only text.
  int row_ = -1;
  int header_row_ = -1;
  bool has_headers_ = true;
  std::map<uint16_t, std::string> headers_;
  int formula_row_ = -1;  // a formula whose result comes in a STRING record
  uint16_t formula_column_ = 0;
};

Status XlsReader::ReadGlobals() {
  RecordReader records(stream_, 0);
  Record record;
  while (records.Next(&record) && record.type != kEof) {
    const std::string_view data = record.data;
    if (record.type == kBof && ReadLe16(data, 0) < 0x0600) return Unimplemented("Excel before 97");
    if (record.type == kFilePass) return PermissionDenied("the workbook is encrypted");
    if (record.type == kDate1904) {
      since_1904_ = ReadLe16(data, 0) == 1;
    } else if (record.type == kFormat && data.size() > 2) {
      formats_[ReadLe16(data, 0)] = ShortString(data.substr(2), 2);
    } else if (record.type == kXf) {
      style_formats_.push_back(ReadLe16(data, 2));
    } else if (record.type == kBoundSheet && data.size() > 6) {
      sheets_.push_back({ShortString(data.substr(6), 1), ReadLe32(data, 0)});
    } else if (record.type == kSst) {
      std::vector<std::string_view> blocks = {data};
      while (records.NextIsContinue() && records.Next(&record)) blocks.push_back(record.data);
      strings_ = SharedStrings(std::move(blocks)).Read();
    }
  }
  return Status::Ok();
}

std::string XlsReader::NumberText(double number, uint16_t style) const {
  std::string text;
  if (style < style_formats_.size()) {
    const auto code = formats_.find(style_formats_[style]);
    const NumberKind kind = code != formats_.end() ? CustomNumberKind(code->second)
                                                   : BuiltInNumberKind(style_formats_[style]);
    if (kind == NumberKind::kDate || kind == NumberKind::kTime) {
      text = SerialDateText(number, kind, since_1904_);
    } else if (kind == NumberKind::kDigitMask) {
      text = MaskedNumberText(number, code->second);
    }
  }
  return text.empty() ? PlainNumberText(number) : text;
}

void XlsReader::Put(uint16_t row, uint16_t column, std::string_view text, bool is_text) {
  if (text.empty() || !status_.ok()) return;
  if (row != row_) writer_.EndLine();
  row_ = row;
  if (header_row_ < 0) header_row_ = row;
  if (row == header_row_) {
    if (is_text) {
      headers_[column] = text.substr(0, 256);
    } else {
      has_headers_ = false;
    }
  }
  const auto header = headers_.find(column);
  const bool named = has_headers_ && row != header_row_ && header != headers_.end();
  const std::string_view name = named ? std::string_view(header->second) : std::string_view();
  writer_.Cell(row + 1u, column + 1u, name, text);
}

void XlsReader::ReadMulRk(std::string_view data) {
  uint16_t column = ReadLe16(data, 2);
  for (size_t at = 4; at + 6 <= data.size() - 2; at += 6) {
    Number(ReadLe16(data, 0), column++, ReadLe16(data, at), RkNumber(ReadLe32(data, at + 2)));
  }
}

void XlsReader::ReadCell(const Record& record) {
  const std::string_view data = record.data;
  if (record.type == kString && formula_row_ >= 0) {
    Put(static_cast<uint16_t>(formula_row_), formula_column_, ShortString(data, 2), true);
    formula_row_ = -1;
  }
  if (data.size() < 10) return;
  const uint16_t row = ReadLe16(data, 0);
  const uint16_t column = ReadLe16(data, 2);
  const uint16_t style = ReadLe16(data, 4);
  switch (record.type) {
    case kLabelSst:
      if (const uint32_t index = ReadLe32(data, 6); index < strings_.size()) {
        status_ = context_.Charge(strings_[index].size(), 0);  // cells may share a long string
        Put(row, column, strings_[index], true);
      }
      break;
    case kLabel:
      Put(row, column, ShortString(data.substr(6), 2), true);
      break;
    case kNumber:
      Number(row, column, style, ReadDouble(data, 6));
      break;
    case kRk:
      Number(row, column, style, RkNumber(ReadLe32(data, 6)));
      break;
    case kMulRk:
      ReadMulRk(data);
      break;
    case kFormula:
      if (ReadLe16(data, 12) != 0xFFFF) {
        Number(row, column, style, ReadDouble(data, 6));
      } else if (data[6] == 0) {
        formula_row_ = row;
        formula_column_ = column;
      }
      break;
    default:
      break;
  }
}

// Text boxes and comments: the characters follow in a CONTINUE record.
void XlsReader::ReadDrawnText(RecordReader& records) {
  Record record;
  if (!records.NextIsContinue() || !records.Next(&record) || record.data.empty()) return;
  writer_.EndLine();
  writer_.Text(DecodeCharacters(record.data.substr(1), (record.data[0] & 1) != 0));
  writer_.EndLine();
}

Status XlsReader::ReadSheet(const Sheet& sheet) {
  writer_.BeginTable(sheet.name);
  row_ = header_row_ = formula_row_ = -1;
  has_headers_ = true;
  headers_.clear();
  RecordReader records(stream_, sheet.offset);
  Record record;
  int depth = 0;  // charts within the sheet have records of their own between BOF and EOF
  while (records.Next(&record) && status_.ok() && !writer_.stopped()) {
    if (record.type == kBof) ++depth;
    if (record.type == kEof && --depth <= 0) break;
    if (record.type == kTxo && ReadLe16(record.data, 10) > 0) {
      ReadDrawnText(records);
    } else {
      ReadCell(record);
    }
  }
  writer_.EndTable();
  if (writer_.stopped()) return Cancelled("the reader of the text stopped");
  return status_;
}

Status XlsReader::Read() {
  ASSAY_RETURN_IF_ERROR(ReadGlobals());
  size_t next = 0;  // sheets stand in order; a hostile one would name the same offset many times
  for (const Sheet& sheet : sheets_) {
    if (sheet.offset < next) continue;
    next = size_t{sheet.offset} + 1;
    ASSAY_RETURN_IF_ERROR(ReadSheet(sheet));
  }
  return Status::Ok();
}

}  // namespace

Status WriteXls(std::string_view stream, ExtractContext& context, DocumentWriter& writer) {
  return XlsReader(stream, context, writer).Read();
}

}  // namespace assay
