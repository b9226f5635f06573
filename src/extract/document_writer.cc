#include "extract/document_writer.h"

#include <algorithm>

#include "extract/table_piece.h"

namespace assay {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;
// Kept on both sides of a cut, so that keywords and long matches around it are seen whole.
constexpr size_t kOverlapBytes = 2 * 1024;
// Hostile documents can name a new column per cell; names beyond this many are dropped.
constexpr size_t kMaxNames = 100'000;

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The first position >= at that begins a character.
size_t CharacterStart(std::string_view text, size_t at) {
  while (at < text.size() && IsContinuationByte(text[at])) ++at;
  return at;
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuationByte(c); }));
}

// Moves (line, column) over `text`.
void Advance(std::string_view text, uint64_t* line, size_t* column) {
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (lines > 0) {
    *line += static_cast<uint64_t>(lines);
    *column = 0;
    text.remove_prefix(text.rfind('\n') + 1);
  }
  *column += CountCharacters(text);
}

}  // namespace

class DocumentWriter::PieceLocator final : public Locator {
 public:
  explicit PieceLocator(const DocumentWriter& writer)
      : writer_(writer), line_(writer.base_line_), column_(writer.base_column_) {}

  void Locate(size_t begin, size_t /*end*/, Location* location) const override {
    if (begin < position_) {
      position_ = 0;
      line_ = writer_.base_line_;
      column_ = writer_.base_column_;
    }
    const std::string_view text = writer_.buffer_;
    Advance(text.substr(position_, begin - position_), &line_, &column_);
    position_ = begin;
    const Place& place = At(begin);
    location->record = place.record;
    if (place.page != 0) {
      location->page = place.page;  // lines of the whole text would only mislead
    } else {
      location->line = line_;
      location->column = column_ + 1;
    }
    if (place.row == 0) return;
    const std::string& sheet = writer_.names_[place.sheet];
    location->cell = (sheet.empty() ? sheet : sheet + "!") + CellName(place.column, place.row);
    location->column_name = writer_.names_[place.name];
    location->column = place.column;
    location->line = place.row;
  }

  std::string_view FieldName(size_t offset) const override {
    return writer_.names_[At(offset).name];
  }

 private:
  const Place& At(size_t offset) const {
    const auto after =
        std::upper_bound(writer_.runs_.begin(), writer_.runs_.end(), offset,
                         [](size_t value, const Run& run) { return value < run.begin; });
    return after == writer_.runs_.begin() ? writer_.place_ : std::prev(after)->place;
  }

  const DocumentWriter& writer_;
  mutable size_t position_ = 0;
  mutable uint64_t line_;
  mutable size_t column_;
};

// Passes everything to the writer's context; pieces are moved behind what was written before, and
// their locations gain the page and record of the writer.
class DocumentWriter::ContinuedContext final : public ExtractContext {
 public:
  explicit ContinuedContext(DocumentWriter& writer) : writer_(writer) {}

  bool Emit(TextPiece piece) override {
    end_ = std::max(end_, piece.base_offset + piece.text.size());
    const PlacedLocator locator(piece.locator, writer_);
    const std::string_view owned =
        piece.text.substr(piece.own_begin, piece.own_end - piece.own_begin);
    lines_ += static_cast<uint64_t>(std::count(owned.begin(), owned.end(), '\n'));
    piece.locator = &locator;
    piece.base_offset += writer_.base_offset_;
    return writer_.context_.Emit(piece);
  }
  void Partial(PartialReason reason) override { writer_.context_.Partial(reason); }
  void SetEncoding(std::string_view /*encoding*/) override {}
  Status ExtractMember(std::string_view name, ByteSource& member) override {
    return writer_.context_.ExtractMember(name, member);
  }
  Status ExtractInner(std::string_view name_hint, ByteSource& inner) override {
    return writer_.context_.ExtractInner(name_hint, inner);
  }
  ToolRunner* tools() override { return writer_.context_.tools(); }
  const ExtractLimits& limits() const override { return writer_.context_.limits(); }
  std::string_view name() const override { return writer_.context_.name(); }
  Status Charge(uint64_t produced, uint64_t consumed) override {
    return writer_.context_.Charge(produced, consumed);
  }
  uint64_t end() const { return end_; }
  uint64_t lines() const { return lines_; }

 private:
  class PlacedLocator final : public Locator {
   public:
    PlacedLocator(const Locator* inner, const DocumentWriter& writer)
        : inner_(inner), place_(writer.place_), lines_before_(writer.base_line_ - 1) {}
    void Locate(size_t begin, size_t end, Location* location) const override {
      if (inner_ != nullptr) inner_->Locate(begin, end, location);
      if (place_.page != 0) location->page = place_.page;
      if (place_.record) location->record = place_.record;
      if (location->line) *location->line += lines_before_;
    }
    std::string_view FieldName(size_t offset) const override {
      return inner_ != nullptr ? inner_->FieldName(offset) : std::string_view();
    }
    bool HasFieldNames() const override { return inner_ != nullptr && inner_->HasFieldNames(); }

   private:
    const Locator* inner_;
    const Place& place_;
    uint64_t lines_before_;
  };

  DocumentWriter& writer_;
  uint64_t end_ = 0;
  uint64_t lines_ = 0;
};

DocumentWriter::DocumentWriter(ExtractContext& context) : context_(context) {
  names_.emplace_back();
}
DocumentWriter::~DocumentWriter() = default;

void DocumentWriter::BeginPage(uint32_t page) {
  EndLine();
  place_.page = page;
  StartRun();
}

void DocumentWriter::EndPage() { BeginPage(0); }

void DocumentWriter::BeginRecord(uint64_t record) {
  EndLine();
  place_.record = record;
  StartRun();
}

void DocumentWriter::EndLine() {
  if (!buffer_.empty() && buffer_.back() != '\n') Text("\n");
}

void DocumentWriter::Field(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  EndLine();
  Text(name);
  Text(": ");
  place_.name = NameId(name);
  StartRun();
  Text(value);
  place_.name = 0;
  StartRun();
  EndLine();
}

void DocumentWriter::BeginTable(std::string_view sheet) {
  EndLine();
  place_.sheet = NameId(sheet);
}

void DocumentWriter::Cell(uint32_t row, uint32_t column, std::string_view column_name,
                          std::string_view value) {
  if (value.empty()) return;
  if (!buffer_.empty() && buffer_.back() != '\n') Text("\t");
  place_.row = row;
  place_.column = column;
  place_.name = NameId(column_name);
  StartRun();
  Text(value);
  place_.row = place_.column = place_.name = 0;
  StartRun();
}

void DocumentWriter::EndTable() {
  EndLine();
  place_.sheet = 0;
}

Status DocumentWriter::AppendFrom(const std::function<Status(ExtractContext&)>& read) {
  EndLine();
  Flush(/*last=*/true);
  if (stopped_) return Cancelled("the reader of the text stopped");
  ContinuedContext continued(*this);
  Status status = read(continued);
  base_offset_ += continued.end();
  base_line_ += continued.lines() + 1;
  base_column_ = 0;
  if (status.code() == StatusCode::kCancelled) stopped_ = true;
  return status;
}

Status DocumentWriter::Finish() {
  Flush(/*last=*/true);
  return stopped_ ? Cancelled("the reader of the text stopped") : Status::Ok();
}

void DocumentWriter::Text(std::string_view text) {
  while (!text.empty() && !stopped_) {
    const size_t room = 2 * kPieceBytes - std::min(buffer_.size(), kPieceBytes);
    const size_t taken = std::min(room, text.size());
    if (runs_.empty()) runs_.push_back({buffer_.size(), place_});
    buffer_.append(text.substr(0, taken));
    text.remove_prefix(taken);
    if (buffer_.size() >= kPieceBytes) Flush(/*last=*/false);
  }
}

void DocumentWriter::StartRun() {
  if (!runs_.empty() && runs_.back().begin == buffer_.size()) {
    runs_.back().place = place_;
  } else if (runs_.empty() || !(runs_.back().place == place_)) {
    runs_.push_back({buffer_.size(), place_});
  }
}

void DocumentWriter::Flush(bool last) {
  if (stopped_) return buffer_.clear();
  const size_t own_end =
      last ? buffer_.size() : CharacterStart(buffer_, buffer_.size() - kOverlapBytes);
  if (own_end > own_begin_) {
    const PieceLocator locator(*this);
    TextPiece piece;
    piece.text = buffer_;
    piece.own_begin = own_begin_;
    piece.own_end = own_end;
    piece.base_offset = base_offset_;
    piece.locator = &locator;
    stopped_ = !context_.Emit(piece);
  }
  const size_t kept =
      last ? buffer_.size() : CharacterStart(buffer_, own_end - std::min(own_end, kOverlapBytes));
  Advance(std::string_view(buffer_).substr(0, kept), &base_line_, &base_column_);
  base_offset_ += kept;
  own_begin_ = own_end - kept;
  buffer_.erase(0, kept);
  std::vector<Run> runs;
  for (const Run& run : runs_) {
    if (run.begin <= kept) runs.clear();
    runs.push_back({run.begin - std::min(run.begin, kept), run.place});
  }
  runs_ = std::move(runs);
}

uint32_t DocumentWriter::NameId(std::string_view name) {
  if (name.empty()) return 0;
  if (const auto found = name_ids_.find(name); found != name_ids_.end()) return found->second;
  if (names_.size() >= kMaxNames) return 0;
  names_.emplace_back(name);
  const auto id = static_cast<uint32_t>(names_.size() - 1);
  name_ids_.emplace(name, id);
  return id;
}

}  // namespace assay
