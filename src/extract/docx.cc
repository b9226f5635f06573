#include "extract/format_list.h"
#include "extract/ooxml.h"

namespace assay {
namespace {

constexpr size_t kMaxCellBytes = 1 << 20;
constexpr size_t kMaxColumns = 16'384;

// The element names of WordprocessingML and DrawingML that matter are the same.
class TextPartHandler final : public XmlHandler {
 public:
  TextPartHandler(DocumentWriter& writer, uint32_t* tables) : writer_(writer), tables_(tables) {}

  void Start(std::string_view name, const XmlAttributes& attributes) override;
  void End(std::string_view name) override;
  void Text(std::string_view text) override {
    if (in_text_ && fallback_depth_ == 0) Put(text);
  }
  bool done() const override { return writer_.stopped(); }

 private:
  void Put(std::string_view text);
  void StartTable();
  void EndCell();

  DocumentWriter& writer_;
  uint32_t* tables_;
  bool in_text_ = false;
  uint32_t fallback_depth_ = 0;  // mc:Fallback says again what mc:Choice said
  uint32_t table_depth_ = 0;     // only the outermost table has cells of its own
  uint32_t row_ = 0;
  uint32_t column_ = 0;
  std::string cell_;
  std::vector<std::string> headers_;
};

void TextPartHandler::Put(std::string_view text) {
  if (table_depth_ == 0) {
    writer_.Text(text);
  } else if (cell_.size() < kMaxCellBytes) {
    cell_ += text;
  }
}

void TextPartHandler::StartTable() {
  if (++table_depth_ > 1) return;
  writer_.BeginTable("Table " + std::to_string(++*tables_));
  row_ = 0;
  headers_.clear();
}

void TextPartHandler::EndCell() {
  while (!cell_.empty() && (cell_.back() == '\n' || cell_.back() == ' ')) cell_.pop_back();
  const std::string_view header = row_ > 1 && column_ <= headers_.size()
                                      ? std::string_view(headers_[column_ - 1])
                                      : std::string_view();
  writer_.Cell(row_, column_, header, cell_);
  if (row_ == 1 && headers_.size() < kMaxColumns) headers_.push_back(cell_.substr(0, 256));
  cell_.clear();
}

void TextPartHandler::Start(std::string_view name, const XmlAttributes& attributes) {
  if (name == "Fallback") ++fallback_depth_;
  if (fallback_depth_ > 0) return;
  if (name == "t" || name == "delText" || name == "instrText" || name == "text") {
    in_text_ = true;
    if (name == "instrText") Put(" ");
  } else if (name == "tab") {
    if (attributes.Get("val").empty()) Put("\t");  // not the definition of a tab stop
  } else if (name == "br" || name == "cr") {
    Put("\n");
  } else if (name == "noBreakHyphen") {
    Put("-");
  } else if (name == "tbl") {
    StartTable();
  } else if (name == "tr" && table_depth_ == 1) {
    ++row_;
    column_ = 0;
  } else if (name == "tc" && table_depth_ == 1) {
    ++column_;
    cell_.clear();
  } else if (name == "docPr" || name == "cNvPr") {
    const std::string_view description = attributes.Get("descr");
    if (!description.empty() && table_depth_ == 0) writer_.Field("Picture", description);
  } else if (name == "comment") {
    writer_.Field("Comment by", attributes.Get("author"));
  }
}

void TextPartHandler::End(std::string_view name) {
  if (name == "Fallback" && fallback_depth_ > 0) --fallback_depth_;
  if (fallback_depth_ > 0) return;
  if (name == "t" || name == "delText" || name == "instrText" || name == "text") {
    in_text_ = false;
    if (name == "instrText") Put(" ");
  } else if (name == "p" || name == "comment" || name == "cm") {
    if (table_depth_ == 0) {
      writer_.EndLine();
    } else {
      Put("\n");
    }
  } else if (name == "tc" && table_depth_ == 1) {
    EndCell();
  } else if (name == "tr" && table_depth_ == 1) {
    writer_.EndLine();
  } else if (name == "tbl" && table_depth_ > 0 && --table_depth_ == 0) {
    writer_.EndTable();
  }
}

}  // namespace

Status WriteTextPart(std::string_view part, OfficePackage& package, DocumentWriter& writer,
                     uint32_t* tables) {
  TextPartHandler handler(writer, tables);
  ASSAY_RETURN_IF_ERROR(package.Parse(part, handler));
  writer.EndTable();
  return writer.stopped() ? Cancelled("the reader of the text stopped") : Status::Ok();
}

Status WriteOoxmlProperties(OfficePackage& package, DocumentWriter& writer) {
  for (const char* part : {"docProps/core.xml", "docProps/custom.xml"}) {
    ASSAY_RETURN_IF_ERROR(package.WriteProperties(part, writer));
  }
  return Status::Ok();
}

Status ExtractDocx(ByteSource& source, ExtractContext& context) {
  ASSAY_ASSIGN_OR_RETURN(OfficePackage package, OfficePackage::Open(source, context));
  DocumentWriter writer(context);
  uint32_t tables = 0;
  std::vector<std::string_view> parts = {"word/document.xml"};
  for (const char* prefix : {"word/header", "word/footer", "word/footnotes", "word/endnotes",
                             "word/comments", "word/glossary/document"}) {
    for (const std::string_view part : package.Parts(prefix, ".xml")) parts.push_back(part);
  }
  for (const std::string_view part : parts) {
    ASSAY_RETURN_IF_ERROR(WriteTextPart(part, package, writer, &tables));
    ASSAY_RETURN_IF_ERROR(package.WriteLinks(part, writer));
  }
  ASSAY_RETURN_IF_ERROR(WriteOoxmlProperties(package, writer));
  ASSAY_RETURN_IF_ERROR(writer.Finish());
  ASSAY_RETURN_IF_ERROR(package.ExtractParts("word/embeddings/"));
  return package.ExtractParts("customXml/item");
}

}  // namespace assay
