// Avro object container files (Apache Avro 1.11 specification). Read by our own decoder rather than
// by the C library, which builds every value in memory as the file claims it to be, can only read
// from a FILE, and lacks the zstandard and bzip2 codecs.
#include <snappy.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "extract/avro_schema.h"
#include "extract/compression.h"
#include "extract/extractor.h"
#include "extract/format_list.h"
#include "extract/inflate.h"
#include "extract/path_columns.h"
#include "extract/table_piece.h"

namespace assay {
namespace {

constexpr size_t kSyncSize = 16;
constexpr int kMaxValueDepth = 128;
// Items that take no bytes (nulls) that a block may hold: their number is only a claim.
constexpr uint64_t kMaxEmptyItems = 1'000'000;
// Values decoded for each byte of a block: records of records without content cost no bytes, but
// their number grows with a power of the schema's length.
constexpr uint64_t kStepsPerByte = 64;
constexpr size_t kMaxPathName = 256;
constexpr size_t kMaxHeaderBytes = 16 << 20;

// A cursor over bytes; every Get says false at the end.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  bool Long(int64_t* value) {
    uint64_t raw = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) return false;
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      raw |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        *value = static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
        return true;
      }
    }
    return false;
  }
  bool Bytes(uint64_t n, std::string_view* out) {
    if (n > bytes_.size()) return false;
    *out = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return true;
  }
  bool Sized(std::string_view* out) {
    int64_t n = 0;
    return Long(&n) && n >= 0 && Bytes(static_cast<uint64_t>(n), out);
  }
  size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

// Gathers contiguous bytes from a source that gives them piecemeal.
class Feed {
 public:
  explicit Feed(ByteSource& source) : source_(source) {}

  // The unread bytes, at least `n` of them unless the source ends before.
  Result<std::string_view> Want(size_t n) {
    if (buffer_.size() - given_ < n) {
      buffer_.erase(0, given_);
      given_ = 0;
    }
    while (buffer_.size() - given_ < n && !ended_) {
      ASSAY_ASSIGN_OR_RETURN(const std::string_view next, source_.Next(1 << 20));
      ended_ = next.empty();
      buffer_.append(next);
    }
    return std::string_view(buffer_).substr(given_);
  }
  void Done(size_t n) { given_ += n; }

 private:
  ByteSource& source_;
  std::string buffer_;
  size_t given_ = 0;
  bool ended_ = false;
};

// Decodes values into cells.
class ValueReader {
 public:
  explicit ValueReader(TablePieceBuilder& table) : table_(table) {}

  // False: the bytes do not hold the value.
  bool Read(const AvroNode& node, Cursor& in) {
    path_ = "$";
    return Value(node, in, {}, 0);
  }
  void NewBlock(uint64_t bytes) {
    empty_items_ = 0;
    steps_left_ = kMaxEmptyItems + kStepsPerByte * bytes;
  }
  // Counts an item that took no bytes. False: too many.
  bool CountEmpty() { return ++empty_items_ <= kMaxEmptyItems; }

 private:
  bool Value(const AvroNode& node, Cursor& in, std::string_view name, int depth) {
    if (depth > kMaxValueDepth || steps_left_ == 0) return false;
    steps_left_--;
    switch (node.type) {
      case AvroType::kNull:
        return true;
      case AvroType::kBoolean:
        return Boolean(in, name);
      case AvroType::kInt:
      case AvroType::kLong:
        return Integer(in, name);
      case AvroType::kFloat:
        return Floating<float>(in, name);
      case AvroType::kDouble:
        return Floating<double>(in, name);
      case AvroType::kBytes:
      case AvroType::kString:
        return Text(in, name);
      case AvroType::kFixed:
        return Fixed(node, in, name);
      case AvroType::kEnum:
        return Symbol(node, in, name);
      case AvroType::kRecord:
        return Record(node, in, depth);
      case AvroType::kArray:
      case AvroType::kMap:
        return Items(node, in, name, depth);
      case AvroType::kUnion:
        return Branch(node, in, name, depth);
    }
    return false;
  }

  bool Boolean(Cursor& in, std::string_view name) {
    std::string_view byte;
    if (!in.Bytes(1, &byte)) return false;
    Cell(name, byte[0] != '\0' ? "true" : "false");
    return true;
  }

  bool Integer(Cursor& in, std::string_view name) {
    int64_t value = 0;
    if (!in.Long(&value)) return false;
    Number(name, value);
    return true;
  }

  template <typename T>
  bool Floating(Cursor& in, std::string_view name) {
    std::string_view bytes;
    if (!in.Bytes(sizeof(T), &bytes)) return false;
    T value = 0;
    std::memcpy(&value, bytes.data(), sizeof(T));
    Number(name, value);
    return true;
  }

  bool Text(Cursor& in, std::string_view name) {
    std::string_view bytes;
    if (!in.Sized(&bytes)) return false;
    TextCell(name, bytes);
    return true;
  }

  bool Fixed(const AvroNode& node, Cursor& in, std::string_view name) {
    std::string_view bytes;
    if (!in.Bytes(node.fixed_size, &bytes)) return false;
    TextCell(name, bytes);
    return true;
  }

  bool Symbol(const AvroNode& node, Cursor& in, std::string_view name) {
    int64_t index = 0;
    if (!in.Long(&index) || index < 0 || static_cast<uint64_t>(index) >= node.names.size()) {
      return false;
    }
    Cell(name, node.names[static_cast<size_t>(index)]);
    return true;
  }

  bool Record(const AvroNode& node, Cursor& in, int depth) {
    const size_t length = path_.size();
    for (size_t i = 0; i < node.children.size(); i++) {
      path_ += '.';
      path_.append(node.names[i], 0, kMaxPathName);
      if (!Value(*node.children[i], in, node.names[i], depth + 1)) return false;
      path_.resize(length);
    }
    return true;
  }

  bool Branch(const AvroNode& node, Cursor& in, std::string_view name, int depth) {
    int64_t index = 0;
    if (!in.Long(&index) || index < 0 || static_cast<uint64_t>(index) >= node.children.size()) {
      return false;
    }
    return Value(*node.children[static_cast<size_t>(index)], in, name, depth + 1);
  }

  // Arrays and maps: blocks of items, each with a count; a negative one is followed by a size.
  bool Items(const AvroNode& node, Cursor& in, std::string_view name, int depth) {
    const size_t length = path_.size();
    uint64_t index = 0;
    while (true) {
      int64_t count = 0;
      int64_t size = 0;
      if (!in.Long(&count)) return false;
      if (count == 0) return true;
      if (count < 0) {
        if (count == INT64_MIN || !in.Long(&size)) return false;
        count = -count;
      }
      for (; count > 0; count--, index++) {
        const size_t before = in.left();
        std::string_view key;
        if (node.type == AvroType::kMap) {
          if (!in.Sized(&key)) return false;
          path_ += '.';
          path_ += key.substr(0, kMaxPathName);
        } else {
          path_ += '[' + std::to_string(index) + ']';
        }
        const std::string_view item_name = key.empty() ? name : key;
        if (!Value(*node.children[0], in, item_name, depth + 1)) return false;
        path_.resize(length);
        if (in.left() == before && !CountEmpty()) return false;
      }
    }
  }

  template <typename T>
  void Number(std::string_view name, T value) {
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value);
    Cell(name, {digits, static_cast<size_t>(end.ptr - digits)});
  }

  void TextCell(std::string_view name, std::string_view bytes) {
    if (bytes.find('\0') == std::string_view::npos && IsValidUtf8(bytes)) Cell(name, bytes);
  }

  void Cell(std::string_view name, std::string_view text) {
    const uint32_t column = columns_.Of(
        path_, name, [this](uint32_t at, std::string_view column_name, const std::string& path) {
          table_.NameColumn(at, column_name, path);
        });
    table_.AddCell(column, text);
  }

  TablePieceBuilder& table_;
  PathColumns columns_;
  std::string path_;
  uint64_t empty_items_ = 0;
  uint64_t steps_left_ = 0;
};

// Runs a whole block through a decoder.
Result<std::string> Drain(Decoder& decoder, std::string_view in, uint64_t max) {
  std::string out;
  constexpr size_t kStep = 256 * 1024;
  while (out.size() < max) {
    const size_t old = out.size();
    out.resize(old + kStep);
    Result<Decoder::Step> step = decoder.Decode(in, true, out.data() + old, kStep);
    out.resize(old + (step.ok() ? step->produced : 0));
    if (!step.ok()) break;
    in.remove_prefix(step->consumed);
    if (step->ended || (step->consumed == 0 && step->produced == 0)) break;
  }
  if (out.empty() && !in.empty()) return DataLoss("damaged avro block");
  return out;
}

class AvroReader {
 public:
  AvroReader(ByteSource& source, ExtractContext& context)
      : source_(source),
        context_(context),
        feed_(source),
        table_(context, TableStyle::kRecords),
        values_(table_) {}

  Status Run() {
    ASSAY_RETURN_IF_ERROR(Header());
    ASSAY_ASSIGN_OR_RETURN(const AvroSchema schema, AvroSchema::Parse(schema_json_));
    bool more = true;
    Status status;
    while (more && status.ok()) status = Block(schema.root(), &more);
    const Status flushed = table_.Flush();
    return status.ok() || status.code() == StatusCode::kCancelled ? flushed : status;
  }

 private:
  Status Header() {
    ASSAY_ASSIGN_OR_RETURN(const std::string_view head, feed_.Want(64 * 1024));
    std::string_view bytes = head;
    if (!ParseHeader(bytes)) {
      // A long schema: take all that a header may be.
      ASSAY_ASSIGN_OR_RETURN(bytes, feed_.Want(kMaxHeaderBytes));
      if (!ParseHeader(bytes)) return DataLoss("damaged avro header");
    }
    feed_.Done(header_size_);
    return Status::Ok();
  }

  bool ParseHeader(std::string_view bytes) {
    Cursor in(bytes);
    std::string_view text;
    if (!in.Bytes(4, &text) || text != std::string_view("Obj\x01", 4)) return false;
    for (int64_t count = 0;;) {
      if (!in.Long(&count)) return false;
      if (count == 0) break;
      int64_t size = 0;
      if (count == INT64_MIN || (count < 0 && !in.Long(&size))) return false;
      for (count = std::abs(count); count > 0; count--) {
        std::string_view key;
        std::string_view value;
        if (!in.Sized(&key) || !in.Sized(&value)) return false;
        if (key == "avro.schema") schema_json_ = value;
        if (key == "avro.codec") codec_ = value;
      }
    }
    if (!in.Bytes(kSyncSize, &text)) return false;
    sync_ = text;
    header_size_ = bytes.size() - in.left();
    return true;
  }

  Status Block(const AvroNode& root, bool* more) {
    ASSAY_ASSIGN_OR_RETURN(const std::string_view head, feed_.Want(20));
    *more = false;
    if (head.empty()) return Status::Ok();
    Cursor in(head);
    int64_t count = 0;
    int64_t size = 0;
    if (!in.Long(&count) || !in.Long(&size) || count < 0 || size < 0) return Damaged();
    if (static_cast<uint64_t>(size) > context_.limits().max_document_bytes) {
      return ResourceExhausted("avro block larger than the memory limit");
    }
    feed_.Done(head.size() - in.left());
    const auto stored = static_cast<size_t>(size);
    ASSAY_ASSIGN_OR_RETURN(const std::string_view data, feed_.Want(stored + kSyncSize));
    const bool whole = data.size() >= stored + kSyncSize;
    ASSAY_RETURN_IF_ERROR(Records(root, static_cast<uint64_t>(count), data.substr(0, stored)));
    if (!whole || data.substr(stored, kSyncSize) != sync_) return Damaged();
    feed_.Done(stored + kSyncSize);
    *more = !stop_;
    return Status::Ok();
  }

  Status Records(const AvroNode& root, uint64_t count, std::string_view stored) {
    std::string plain;
    if (codec_.empty() || codec_ == "null") {
      plain = stored;
    } else {
      ASSAY_ASSIGN_OR_RETURN(plain, Decompress(stored));
      if (!context_.Charge(plain.size(), stored.size()).ok()) stop_ = true;
    }
    values_.NewBlock(plain.size());
    Cursor in(plain);
    for (uint64_t i = 0; i < count; i++) {
      const size_t before = in.left();
      const bool good = values_.Read(root, in) && (in.left() < before || values_.CountEmpty());
      ASSAY_RETURN_IF_ERROR(table_.EndRow());
      if (!good) return Damaged();
    }
    return Status::Ok();
  }

  Result<std::string> Decompress(std::string_view stored) const {
    const uint64_t max = context_.limits().max_document_bytes;
    if (codec_ == "deflate") return InflateRaw(stored, max, nullptr);
    if (codec_ == "zstandard") return Drain(*NewZstdDecoder(), stored, max);
    if (codec_ == "bzip2") return Drain(*NewBzip2Decoder(), stored, max);
    if (codec_ == "xz") return Drain(*NewXzDecoder(), stored, max);
    if (codec_ == "lzma") return Drain(*NewLzmaDecoder(), stored, max);
    if (codec_ != "snappy") return Unimplemented("avro codec");
    // A CRC of 4 bytes follows the block. A snappy block grows 64 / 3 times at most.
    if (stored.size() < 4) return DataLoss("damaged avro block");
    stored.remove_suffix(4);
    size_t size = 0;
    std::string plain;
    if (!snappy::GetUncompressedLength(stored.data(), stored.size(), &size) || size > max ||
        size / 32 > stored.size() || !snappy::Uncompress(stored.data(), stored.size(), &plain)) {
      return DataLoss("damaged avro block");
    }
    return plain;
  }

  Status Damaged() {
    stop_ = true;
    context_.Partial(source_.truncated() ? PartialReason::kFileExceedsSizeLimit
                                         : PartialReason::kMalformedFile);
    return DataLoss("damaged avro block");
  }

  ByteSource& source_;
  ExtractContext& context_;
  Feed feed_;
  TablePieceBuilder table_;
  ValueReader values_;
  std::string schema_json_;
  std::string codec_;
  std::string sync_;
  size_t header_size_ = 0;
  bool stop_ = false;
};

}  // namespace

Status ExtractAvro(ByteSource& source, ExtractContext& context) {
  return AvroReader(source, context).Run();
}

}  // namespace assay
