#include <charconv>
#include <map>
#include <optional>

#include "extract/format_list.h"
#include "extract/ooxml.h"
#include "extract/sheet_number.h"

namespace assay {
namespace {

constexpr uint32_t kMaxColumn = 16'384;
constexpr uint32_t kMaxRow = 1'048'576;
constexpr size_t kMaxCellBytes = 1 << 20;
constexpr size_t kMaxSheets = 10'000;

struct Sheet {
  std::string name;
  std::string relationship;
};

// "C5" -> row 5, column 3. False for anything else.
bool ParseCellReference(std::string_view reference, uint32_t* row, uint32_t* column) {
  size_t i = 0;
  *column = 0;
  for (; i < reference.size() && i < 3 && reference[i] >= 'A' && reference[i] <= 'Z'; ++i) {
    *column = *column * 26 + static_cast<uint32_t>(reference[i] - 'A' + 1);
  }
  const char* end = reference.data() + reference.size();
  const auto parsed = std::from_chars(reference.data() + i, end, *row);
  return *column >= 1 && *column <= kMaxColumn && parsed.ec == std::errc() && *row >= 1 &&
         *row <= kMaxRow;
}

class WorkbookHandler final : public XmlHandler {
 public:
  explicit WorkbookHandler(DocumentWriter& writer) : writer_(writer) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "sheet" && sheets.size() < kMaxSheets) {
      sheets.push_back(
          {std::string(attributes.Get("name")), std::string(attributes.GetPrefixed("id"))});
    } else if (name == "workbookPr") {
      const std::string_view value = attributes.Get("date1904");
      since_1904 = value == "1" || value == "true";
    } else if (name == "definedName") {
      defined_name_ = attributes.Get("name");
      value_.clear();
    }
  }
  void End(std::string_view name) override {
    if (name != "definedName") return;
    writer_.Field(defined_name_, value_);
    defined_name_.clear();
  }
  void Text(std::string_view text) override {
    if (!defined_name_.empty() && value_.size() < kMaxCellBytes) value_ += text;
  }
  std::vector<Sheet> sheets;
  bool since_1904 = false;

 private:
  DocumentWriter& writer_;
  std::string defined_name_;
  std::string value_;
};

// Number formats of the cell styles.
class StyleHandler final : public XmlHandler {
 public:
  struct Style {
    NumberKind kind = NumberKind::kPlain;
    std::string mask;
  };
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "numFmt" && codes_.size() < 10'000) {
      codes_[attributes.Number("numFmtId", 0, 1'000'000)] = attributes.Get("formatCode");
    } else if (name == "cellXfs") {
      in_cell_styles_ = true;
    } else if (name == "xf" && in_cell_styles_ && styles.size() < 100'000) {
      const uint32_t id = attributes.Number("numFmtId", 0, 1'000'000);
      const auto code = codes_.find(id);
      Style style;
      style.kind = code != codes_.end() ? CustomNumberKind(code->second) : BuiltInNumberKind(id);
      if (style.kind == NumberKind::kDigitMask) style.mask = code->second;
      styles.push_back(std::move(style));
    }
  }
  void End(std::string_view name) override {
    if (name == "cellXfs") in_cell_styles_ = false;
  }
  void Text(std::string_view) override {}
  std::vector<Style> styles;

 private:
  std::map<uint32_t, std::string> codes_;
  bool in_cell_styles_ = false;
};

// All shared strings in one buffer: workbooks have millions of short ones.
class SharedStringHandler final : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes&) override {
    if (name == "t") in_text_ = phonetic_depth_ == 0;
    if (name == "rPh") ++phonetic_depth_;  // how the text before is pronounced
  }
  void End(std::string_view name) override {
    if (name == "t") in_text_ = false;
    if (name == "rPh" && phonetic_depth_ > 0) --phonetic_depth_;
    if (name == "si") ends_.push_back(text_.size());
  }
  void Text(std::string_view text) override {
    if (in_text_) text_ += text;
  }
  std::string_view At(size_t index) const {
    if (index >= ends_.size()) return {};
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
  }

 private:
  std::string text_;
  std::vector<size_t> ends_;
  bool in_text_ = false;
  uint32_t phonetic_depth_ = 0;
};

struct Workbook {
  std::vector<Sheet> sheets;
  std::vector<StyleHandler::Style> styles;
  SharedStringHandler strings;
  bool since_1904 = false;
};

class SheetHandler final : public XmlHandler {
 public:
  SheetHandler(const Workbook& workbook, ExtractContext& context, DocumentWriter& writer)
      : workbook_(workbook), context_(context), writer_(writer) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override;
  void End(std::string_view name) override;
  void Text(std::string_view text) override {
    if (in_value_ && value_.size() < kMaxCellBytes) value_ += text;
  }
  bool done() const override { return writer_.stopped() || !status_.ok(); }
  // Not OK when a limit stopped the sheet.
  const Status& status() const { return status_; }

 private:
  void StartCell(const XmlAttributes& attributes);
  void EndCell();
  std::string NumberText() const;
  void EndRow();

  const Workbook& workbook_;
  ExtractContext& context_;
  DocumentWriter& writer_;
  Status status_;
  uint32_t row_ = 0;
  uint32_t column_ = 0;
  std::string type_;
  uint32_t style_ = 0;
  bool in_value_ = false;
  bool is_header_text_ = false;  // in header and footer of the printed page
  std::string value_;
  // The first row with cells names the columns when it holds only text.
  enum class Headers { kUnknown, kReading, kNone, kKnown } state_ = Headers::kUnknown;
  std::map<uint32_t, std::string> headers_;
};

void SheetHandler::Start(std::string_view name, const XmlAttributes& attributes) {
  if (name == "row") {
    row_ = attributes.Number("r", std::min(row_ + 1, kMaxRow), kMaxRow);
    column_ = 0;
  } else if (name == "c") {
    StartCell(attributes);
  } else if (name == "v" || (name == "t" && type_ == "inlineStr")) {
    in_value_ = true;
  } else if (name.ends_with("Header") || name.ends_with("Footer")) {
    if (name == "headerFooter") return;
    is_header_text_ = in_value_ = true;
    value_.clear();
  }
}

void SheetHandler::StartCell(const XmlAttributes& attributes) {
  value_.clear();
  type_ = attributes.Get("t");
  style_ = attributes.Number("s", 0, 1'000'000);
  uint32_t row = 0;
  uint32_t column = 0;
  if (ParseCellReference(attributes.Get("r"), &row, &column)) {
    row_ = row;
    column_ = column;
  } else {
    column_ = std::min(column_ + 1, kMaxColumn);
  }
  row_ = std::max<uint32_t>(row_, 1);
}

void SheetHandler::End(std::string_view name) {
  if (name == "v" || name == "t") {
    in_value_ = false;
  } else if (name == "c") {
    EndCell();
  } else if (name == "row") {
    EndRow();
  } else if (is_header_text_ && (name.ends_with("Header") || name.ends_with("Footer"))) {
    is_header_text_ = in_value_ = false;
    writer_.Field(name, value_);
  }
}

std::string SheetHandler::NumberText() const {
  double number = 0;
  const char* end = value_.data() + value_.size();
  const auto parsed = std::from_chars(value_.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return value_;
  std::string text;
  if (style_ < workbook_.styles.size()) {
    const StyleHandler::Style& style = workbook_.styles[style_];
    if (style.kind == NumberKind::kDate || style.kind == NumberKind::kTime) {
      text = SerialDateText(number, style.kind, workbook_.since_1904);
    } else if (style.kind == NumberKind::kDigitMask) {
      text = MaskedNumberText(number, style.mask);
    }
  }
  return text.empty() ? PlainNumberText(number) : text;
}

void SheetHandler::EndCell() {
  if (value_.empty()) return;
  std::string text;
  const bool is_text = type_ == "s" || type_ == "str" || type_ == "inlineStr";
  if (type_ == "s") {
    size_t index = 0;
    const char* end = value_.data() + value_.size();
    if (std::from_chars(value_.data(), end, index).ec != std::errc()) return;
    text = workbook_.strings.At(index);
    status_ = context_.Charge(text.size(), 0);  // a million cells may share one long string
  } else if (type_ == "b") {
    text = value_ == "0" ? "FALSE" : "TRUE";
  } else if (type_ == "e") {
    return;
  } else {
    text = is_text || type_ == "d" ? value_ : NumberText();
  }
  if (text.empty()) return;
  if (state_ == Headers::kUnknown) state_ = Headers::kReading;
  if (state_ == Headers::kReading) {
    if (is_text) {
      headers_[column_] = text.substr(0, 256);
    } else {
      state_ = Headers::kNone;
      headers_.clear();
    }
  }
  std::string_view header;
  if (state_ == Headers::kKnown) {
    const auto found = headers_.find(column_);
    if (found != headers_.end()) header = found->second;
  }
  writer_.Cell(row_, column_, header, text);
}

void SheetHandler::EndRow() {
  writer_.EndLine();
  if (state_ == Headers::kReading) state_ = Headers::kKnown;
}

// Comments, old (comment, in the order author list) and new (threadedComment), at their cells.
class CommentHandler final : public XmlHandler {
 public:
  explicit CommentHandler(DocumentWriter& writer) : writer_(writer) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "comment" || name == "threadedComment") {
      in_comment_ = ParseCellReference(attributes.Get("ref"), &row_, &column_);
      text_.clear();
    } else if (name == "t" || name == "text") {
      in_text_ = true;
    }
  }
  void End(std::string_view name) override {
    if (name == "t" || name == "text") in_text_ = false;
    if ((name == "comment" || name == "threadedComment") && in_comment_) {
      writer_.Cell(row_, column_, "comment", text_);
      writer_.EndLine();
      in_comment_ = false;
    }
  }
  void Text(std::string_view text) override {
    if (in_comment_ && in_text_ && text_.size() < kMaxCellBytes) text_ += text;
  }
  bool done() const override { return writer_.stopped(); }

 private:
  DocumentWriter& writer_;
  bool in_comment_ = false;
  bool in_text_ = false;
  uint32_t row_ = 0;
  uint32_t column_ = 0;
  std::string text_;
};

// Values that pivot tables keep a copy of: the v attributes of their items.
class PivotHandler final : public XmlHandler {
 public:
  explicit PivotHandler(DocumentWriter& writer) : writer_(writer) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "cacheField") field_ = attributes.Get("name");
    if (name != "s" && name != "n" && name != "d") return;
    writer_.Field(field_.empty() ? "pivot" : field_, attributes.Get("v"));
  }
  void End(std::string_view name) override {
    if (name == "cacheField") field_.clear();
  }
  void Text(std::string_view) override {}
  bool done() const override { return writer_.stopped(); }

 private:
  DocumentWriter& writer_;
  std::string field_;
};

Status WriteSheet(const Sheet& sheet, const std::string& part, const Workbook& workbook,
                  OfficePackage& package, ExtractContext& context, DocumentWriter& writer) {
  writer.BeginTable(sheet.name);
  SheetHandler handler(workbook, context, writer);
  ASSAY_RETURN_IF_ERROR(package.Parse(part, handler));
  ASSAY_RETURN_IF_ERROR(handler.status());
  ASSAY_ASSIGN_OR_RETURN(const auto relationships, package.Relationships(part));
  for (const auto& [id, relationship] : relationships) {
    if (relationship.external) {
      writer.Field("Link", relationship.target);
    } else if (relationship.type == "comments" || relationship.type == "threadedComment") {
      CommentHandler comments(writer);
      ASSAY_RETURN_IF_ERROR(package.Parse(relationship.target, comments));
    }
  }
  writer.EndTable();
  return writer.stopped() ? Cancelled("the reader of the text stopped") : Status::Ok();
}

Status ReadWorkbook(OfficePackage& package, DocumentWriter& writer, Workbook* workbook) {
  WorkbookHandler handler(writer);
  ASSAY_RETURN_IF_ERROR(package.Parse("xl/workbook.xml", handler));
  workbook->sheets = std::move(handler.sheets);
  workbook->since_1904 = handler.since_1904;
  StyleHandler styles;
  ASSAY_RETURN_IF_ERROR(package.Parse("xl/styles.xml", styles));
  workbook->styles = std::move(styles.styles);
  return package.Parse("xl/sharedStrings.xml", workbook->strings);
}

Status WriteSheets(const Workbook& workbook, OfficePackage& package, ExtractContext& context,
                   DocumentWriter& writer) {
  ASSAY_ASSIGN_OR_RETURN(const auto relationships, package.Relationships("xl/workbook.xml"));
  std::vector<std::pair<Sheet, std::string>> parts;
  for (const Sheet& sheet : workbook.sheets) {
    const auto found = relationships.find(sheet.relationship);
    if (found != relationships.end()) parts.emplace_back(sheet, found->second.target);
  }
  if (parts.empty()) {  // the workbook part is lost: sheets without their names
    for (const std::string_view part : package.Parts("xl/worksheets/sheet", ".xml")) {
      parts.emplace_back(Sheet{std::string(part.substr(14, part.size() - 18)), ""}, part);
    }
  }
  for (const auto& [sheet, part] : parts) {
    ASSAY_RETURN_IF_ERROR(WriteSheet(sheet, part, workbook, package, context, writer));
  }
  return Status::Ok();
}

}  // namespace

Status ExtractXlsx(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(OfficePackage package, OfficePackage::Open(source, context));
  DocumentWriter writer(context);
  Workbook workbook;
  ASSAY_RETURN_IF_ERROR(ReadWorkbook(package, writer, &workbook));
  ASSAY_RETURN_IF_ERROR(WriteSheets(workbook, package, context, writer));
  uint32_t tables = 0;
  for (const std::string_view part : package.Parts("xl/drawings/drawing", ".xml")) {
    ASSAY_RETURN_IF_ERROR(WriteTextPart(part, package, writer, &tables));
  }
  for (const std::string_view part : package.Parts("xl/pivotCache/pivotCache", ".xml")) {
    PivotHandler pivot(writer);
    ASSAY_RETURN_IF_ERROR(package.Parse(part, pivot));
  }
  ASSAY_RETURN_IF_ERROR(WriteOoxmlProperties(package, writer));
  ASSAY_RETURN_IF_ERROR(writer.Finish());
  return package.ExtractParts("xl/embeddings/");
}

}  // namespace assay
