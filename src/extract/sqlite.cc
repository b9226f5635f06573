// SQLite database files: every table's rows, read from memory. Nothing the file brings along is
// run: views and triggers are not looked at, extensions and schema functions are off.
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "extract/extractor.h"
#include "extract/format_list.h"
#include "extract/table_piece.h"

namespace assay {
namespace {

// Virtual-machine steps between two looks at the budget, and steps allowed for each byte of the
// file: a damaged b-tree that leads in circles ends here.
constexpr int kStepsPerLook = 100'000;
constexpr uint64_t kStepsPerByte = 64;
constexpr uint64_t kFreeLooks = 10;
constexpr int kMaxValueBytes = 64 << 20;
constexpr size_t kMaxTables = 10'000;

struct DbCloser {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct StatementCloser {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Db = std::unique_ptr<sqlite3, DbCloser>;
using Statement = std::unique_ptr<sqlite3_stmt, StatementCloser>;

std::string Quoted(std::string_view identifier) {
  std::string quoted = "\"";
  for (const char c : identifier) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

struct Budget {
  uint64_t looks_left;
};

int Look(void* opaque) {
  auto* budget = static_cast<Budget*>(opaque);
  if (budget->looks_left == 0) return 1;
  budget->looks_left--;
  return 0;
}

std::string_view TextOf(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement, column))};
}

class SqliteReader {
 public:
  SqliteReader(ByteSource& source, ExtractContext& context)
      : source_(source), context_(context), table_(context, TableStyle::kRecords) {}

  Status Run() {
    ASSAY_ASSIGN_OR_RETURN(const std::string_view file,
                           source_.All(context_.limits().max_document_bytes));
    ASSAY_RETURN_IF_ERROR(Open(file));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> tables, Tables());
    for (const std::string& name : tables) {
      ASSAY_RETURN_IF_ERROR(ReadTable(name));
      if (budget_.looks_left == 0) break;
    }
    ASSAY_RETURN_IF_ERROR(table_.Flush());
    if (damaged_ || budget_.looks_left == 0) MarkDamaged();
    return Status::Ok();
  }

 private:
  Status Open(std::string_view file) {
    sqlite3* raw = nullptr;
    const int code =
        sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    db_.reset(raw);
    if (code != SQLITE_OK) return ResourceExhausted("sqlite");
    ASSAY_RETURN_IF_ERROR(CopyFile(file));
    const auto size = static_cast<sqlite3_int64>(size_);
    if (sqlite3_deserialize(raw, "main", file_.get(), size, size, SQLITE_DESERIALIZE_READONLY) !=
        SQLITE_OK) {
      return DataLoss("not a database");
    }
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
    sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(raw, SQLITE_LIMIT_WORKER_THREADS, 0);
    budget_.looks_left = kFreeLooks + file.size() * kStepsPerByte / kStepsPerLook;
    sqlite3_progress_handler(raw, kStepsPerLook, &Look, &budget_);
    return Status::Ok();
  }

  // Copies the file, for two things must be changed (fileformat2.html, 1.3): one in WAL mode is
  // only opened from memory when its header says rollback mode (offsets 18, 19), and one that is
  // cut is refused as a whole when tables begin behind its end; with empty pages there, the rest is
  // read.
  Status CopyFile(std::string_view file) {
    constexpr size_t kHeaderSize = 100;
    if (file.size() < kHeaderSize) return DataLoss("not a database");
    auto byte = [file](size_t at) { return static_cast<uint64_t>(static_cast<uint8_t>(file[at])); };
    uint64_t page_size = byte(16) << 8 | byte(17);
    if (page_size == 1) page_size = 65536;
    const uint64_t pages = byte(28) << 24 | byte(29) << 16 | byte(30) << 8 | byte(31);
    size_ = file.size();
    if (pages * page_size > size_) {
      damaged_ = true;
      size_ = std::min(pages * page_size, context_.limits().max_document_bytes);
    }
    file_.reset(static_cast<unsigned char*>(std::calloc(size_, 1)));
    if (!file_) return ResourceExhausted("sqlite");
    std::memcpy(file_.get(), file.data(), file.size());
    file_[18] = file_[19] = 1;
    return Status::Ok();
  }

  Result<std::vector<std::string>> Tables() {
    Statement statement = Prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
    if (!statement) return DataLoss("damaged database");
    std::vector<std::string> names;
    while (names.size() < kMaxTables) {
      const int code = sqlite3_step(statement.get());
      if (code == SQLITE_DONE) break;
      if (code != SQLITE_ROW) {
        if (names.empty()) return DataLoss("damaged database");
        damaged_ = true;
        break;
      }
      names.emplace_back(TextOf(statement.get(), 0));
    }
    return names;
  }

  Status ReadTable(const std::string& name) {
    Statement statement = Prepare("SELECT * FROM " + Quoted(name) + " NOT INDEXED");
    if (!statement) {
      damaged_ = true;
      return Status::Ok();
    }
    const int columns = sqlite3_column_count(statement.get());
    for (int i = 0; i < columns; i++) {
      const char* column = sqlite3_column_name(statement.get(), i);
      const std::string_view label = column != nullptr ? column : "";
      table_.NameColumn(next_column_ + static_cast<size_t>(i), label,
                        "$." + name + "." + std::string(label));
    }
    for (uint64_t row = 0;; row++) {
      const int code = sqlite3_step(statement.get());
      if (code != SQLITE_ROW) {
        damaged_ = damaged_ || code != SQLITE_DONE;
        break;
      }
      table_.SetRow(row);
      for (int i = 0; i < columns; i++) AddValue(statement.get(), i);
      ASSAY_RETURN_IF_ERROR(table_.EndRow());
    }
    next_column_ += static_cast<size_t>(columns);
    return Status::Ok();
  }

  void AddValue(sqlite3_stmt* statement, int column) {
    const size_t place = next_column_ + static_cast<size_t>(column);
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER:
      case SQLITE_FLOAT:
      case SQLITE_TEXT:
        table_.AddCell(place, TextOf(statement, column));
        return;
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        if (bytes == nullptr) return;
        const std::string_view blob(bytes,
                                    static_cast<size_t>(sqlite3_column_bytes(statement, column)));
        if (IsValidUtf8(blob) && blob.find('\0') == std::string_view::npos) {
          table_.AddCell(place, blob);
        }
        return;
      }
      default:
        return;
    }
  }

  Statement Prepare(const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(db_.get(), sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr);
    return Statement(raw);
  }

  void MarkDamaged() {
    context_.Partial(source_.truncated() ? PartialReason::kFileExceedsSizeLimit
                                         : PartialReason::kMalformedFile);
  }

  ByteSource& source_;
  ExtractContext& context_;
  TablePieceBuilder table_;
  struct Freer {
    void operator()(unsigned char* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<unsigned char[], Freer> file_;  // must outlive db_
  size_t size_ = 0;
  Db db_;
  Budget budget_{0};
  size_t next_column_ = 0;
  bool damaged_ = false;
};

}  // namespace

Status ExtractSqlite(ByteSource& source, ExtractContext& context) {
  return SqliteReader(source, context).Run();
}

}  // namespace assay
