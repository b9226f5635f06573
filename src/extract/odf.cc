#include <algorithm>

#include "extract/format_list.h"
#include "extract/office_package.h"

namespace assay {
namespace {

constexpr size_t kMaxCellBytes = 1 << 20;
constexpr uint32_t kMaxColumn = 16'384;
constexpr uint32_t kMaxRow = 1'048'576;

// OpenDocument (ISO/IEC 26300) content: text, sheets and drawings share one vocabulary.
class ContentHandler final : public XmlHandler {
 public:
  explicit ContentHandler(DocumentWriter& writer) : writer_(writer) {}

  void Start(std::string_view name, const XmlAttributes& attributes) override;
  void End(std::string_view name) override;
  void Text(std::string_view text) override {
    if (text_depth_ > 0) Put(text);
  }
  bool done() const override { return writer_.stopped(); }

 private:
  void Put(std::string_view text);
  void StartCell(const XmlAttributes& attributes);
  void EndCell();
  void EndRow();

  DocumentWriter& writer_;
  uint32_t text_depth_ = 0;  // within paragraphs and headings
  uint32_t page_ = 0;
  uint32_t table_depth_ = 0;
  uint32_t row_ = 1;
  uint32_t rows_repeated_ = 1;
  uint32_t column_ = 1;
  uint32_t columns_repeated_ = 1;
  bool in_cell_ = false;
  bool row_is_text_ = true;
  bool row_has_text_ = false;
  bool headers_known_ = false;
  bool has_headers_ = false;
  std::string value_;  // what the cell's attributes say
  std::string cell_;   // what it shows
  std::vector<std::pair<uint32_t, std::string>> headers_;
};

void ContentHandler::Put(std::string_view text) {
  if (!in_cell_) {
    writer_.Text(text);
  } else if (cell_.size() < kMaxCellBytes) {
    cell_ += text;
  }
}

void ContentHandler::Start(std::string_view name, const XmlAttributes& attributes) {
  if (name == "p" || name == "h") {
    ++text_depth_;
  } else if (name == "s") {
    Put(std::string(attributes.Number("c", 1, 1000), ' '));
  } else if (name == "tab") {
    Put("\t");
  } else if (name == "line-break") {
    Put("\n");
  } else if (name == "a") {
    const std::string_view target = attributes.Get("href");
    if (!target.empty() && !target.starts_with('#')) Put("<" + std::string(target) + "> ");
  } else if (name == "page") {
    writer_.BeginPage(++page_);
  } else if (name == "table" && ++table_depth_ == 1) {
    writer_.BeginTable(attributes.Get("name"));
    row_ = 1;
    headers_.clear();
    headers_known_ = has_headers_ = false;
  } else if (name == "table-row" && table_depth_ == 1) {
    column_ = 1;
    rows_repeated_ = std::max(1u, attributes.Number("number-rows-repeated", 1, kMaxRow));
    row_is_text_ = true;
    row_has_text_ = false;
  } else if (name.ends_with("table-cell") && table_depth_ == 1) {
    StartCell(attributes);
  }
}

void ContentHandler::StartCell(const XmlAttributes& attributes) {
  in_cell_ = true;
  cell_.clear();
  columns_repeated_ = std::max(1u, attributes.Number("number-columns-repeated", 1, kMaxColumn));
  const std::string_view type = attributes.Get("value-type");
  value_.clear();
  if (type == "date") {
    value_ = attributes.Get("date-value");
    if (value_.ends_with("T00:00:00")) value_.resize(10);
  }
  if (!type.empty() && type != "string") row_is_text_ = false;
}

// A repeated cell is written once: the copies say nothing new, and may be millions.
void ContentHandler::EndCell() {
  in_cell_ = false;
  while (!cell_.empty() && cell_.back() == '\n') cell_.pop_back();
  const std::string& text = value_.empty() ? cell_ : value_;
  if (!text.empty()) {
    row_has_text_ = true;
    std::string_view header;
    if (has_headers_) {
      const auto found =
          std::lower_bound(headers_.begin(), headers_.end(), column_,
                           [](const auto& each, uint32_t column) { return each.first < column; });
      if (found != headers_.end() && found->first == column_) header = found->second;
    } else if (!headers_known_) {
      headers_.emplace_back(column_, text.substr(0, 256));
    }
    writer_.Cell(row_, column_, header, text);
  }
  column_ = std::min(column_ + columns_repeated_, kMaxColumn);
}

void ContentHandler::EndRow() {
  writer_.EndLine();
  if (!headers_known_ && row_has_text_) {
    headers_known_ = true;
    has_headers_ = row_is_text_;
  }
  row_ = std::min(row_ + rows_repeated_, kMaxRow);
}

void ContentHandler::End(std::string_view name) {
  if (name == "p" || name == "h") {
    --text_depth_;
    if (in_cell_) {
      Put("\n");
    } else {
      writer_.EndLine();
    }
  } else if (name == "page") {
    writer_.EndPage();
  } else if (name == "table" && table_depth_ > 0 && --table_depth_ == 0) {
    writer_.EndTable();
  } else if (name == "table-row" && table_depth_ == 1) {
    EndRow();
  } else if (name.ends_with("table-cell") && table_depth_ == 1 && in_cell_) {
    EndCell();
  }
}

// Whether META-INF/manifest.xml says that parts are encrypted.
class ManifestHandler final : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes&) override {
    if (name == "encryption-data") encrypted = true;
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  bool encrypted = false;
};

}  // namespace

Status ExtractOdf(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(OfficePackage package, OfficePackage::Open(source, context));
  ManifestHandler manifest;
  ASSAY_RETURN_IF_ERROR(package.Parse("META-INF/manifest.xml", manifest));
  if (manifest.encrypted) {
    context.Partial(PartialReason::kEncrypted);
    return Status::Ok();
  }
  DocumentWriter writer(context);
  std::vector<std::string_view> parts = {"content.xml", "styles.xml"};
  for (const std::string_view part : package.Parts("Object ", "/content.xml")) {
    parts.push_back(part);
  }
  for (const std::string_view part : parts) {
    ContentHandler handler(writer);
    ASSAY_RETURN_IF_ERROR(package.Parse(part, handler));
    writer.EndTable();
  }
  writer.EndPage();
  ASSAY_RETURN_IF_ERROR(package.WriteProperties("meta.xml", writer));
  ASSAY_RETURN_IF_ERROR(writer.Finish());
  for (const std::string_view part : package.Parts("Object ", "")) {
    if (part.find('/') != part.npos) continue;  // an OLE object is one part, ODF ones are folders
    ASSAY_RETURN_IF_ERROR(package.ExtractParts(part));
  }
  return Status::Ok();
}

}  // namespace assay
