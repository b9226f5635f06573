#include "extract/text_windows.h"

#include <algorithm>

#include "extract/encoding.h"

namespace assay {
namespace {

constexpr size_t kWindow = 4 << 20;
constexpr size_t kOverlap = 16 * 1024;
// Chunks from this size on are read where they are.
constexpr size_t kDirect = 1 << 20;
// Of the buffer that collects a window from small chunks: what is kept, the window, and the chunk
// that completes it.
constexpr size_t kRoom = kWindow + 3 * kOverlap + (1 << 18);

// Where to cut text that goes on: behind the last line end in the last kOverlap bytes before
// `limit`, or between characters.
size_t CutBefore(std::string_view text, size_t begin, size_t limit) {
  const size_t lowest = std::max(begin + 1, limit - std::min(limit, kOverlap));
  const size_t newline = text.substr(0, limit).rfind('\n');
  if (newline != std::string_view::npos && newline + 1 >= lowest) return newline + 1;
  size_t cut = limit;
  while (cut > lowest && cut < text.size() && (text[cut] & 0xC0) == 0x80) --cut;
  return cut;
}

class WindowMaker {
 public:
  WindowMaker(ExtractContext& context, WindowFormat& format) : context_(context), format_(format) {}

  void set_base(uint64_t base) { base_ = base; }

  // Reads a chunk where it lies; keeps its tail unless it is the end.
  Status AddDirect(std::string_view chunk, bool last) {
    const size_t step = std::max<size_t>(format_.max_window(chunk), 2 * kOverlap);
    size_t own_begin = 0;
    while (own_begin < chunk.size()) {
      const size_t left = chunk.size() - own_begin;
      // What is not the end keeps kOverlap bytes back for the next window's context.
      const size_t usable = last ? left : left - std::min(left, kOverlap);
      if (usable == 0) break;
      const bool to_end = last && left <= step;
      const size_t own_end =
          to_end ? chunk.size() : CutBefore(chunk, own_begin, own_begin + std::min(usable, step));
      const size_t from = own_begin - std::min(own_begin, kOverlap);
      const size_t to = std::min(chunk.size(), own_end + kOverlap);
      ASSAY_RETURN_IF_ERROR(format_.Read(
          {chunk.substr(from, to - from), own_begin - from, own_end - from, base_ + from, to_end},
          context_));
      own_begin = own_end;
      if (!last && chunk.size() - own_begin <= 2 * kOverlap) break;
    }
    if (last) return Status::Ok();
    const size_t keep = own_begin - std::min(own_begin, kOverlap);
    buffer_.assign(chunk.substr(keep));
    base_ += keep;
    own_begin_ = own_begin - keep;
    return Status::Ok();
  }

  // Collects small chunks to windows.
  Status Add(std::string_view chunk) {
    // A text that has grown this far is worth a whole window at once, not one doubling by doubling.
    if (buffer_.capacity() < kRoom && buffer_.size() + chunk.size() > kDirect) {
      buffer_.reserve(kRoom);
    }
    buffer_.append(chunk);
    if (buffer_.size() < own_begin_ + kWindow + kOverlap) return Status::Ok();
    const size_t own_end = CutBefore(buffer_, own_begin_, buffer_.size() - kOverlap);
    ASSAY_RETURN_IF_ERROR(format_.Read({buffer_, own_begin_, own_end, base_, false}, context_));
    const size_t keep = own_end - std::min(own_end, kOverlap);
    buffer_.erase(0, keep);
    base_ += keep;
    own_begin_ = own_end - keep;
    return Status::Ok();
  }

  Status Finish() {
    if (own_begin_ >= buffer_.size()) return Status::Ok();
    return format_.Read({buffer_, own_begin_, buffer_.size(), base_, true}, context_);
  }

  bool empty() const { return buffer_.empty(); }

 private:
  ExtractContext& context_;
  WindowFormat& format_;
  std::string buffer_;
  uint64_t base_ = 0;
  size_t own_begin_ = 0;
};

}  // namespace

Status ExtractWindows(ByteSource& source, ExtractContext& context, WindowFormat& format,
                      std::string_view declared) {
  Utf8Stream stream(source, declared);
  WindowMaker maker(context, format);
  bool first = true;
  while (true) {
    Result<std::string_view> chunk = stream.Next();
    if (first) maker.set_base(stream.skipped());
    if (first && chunk.ok()) context.SetEncoding(stream.encoding());
    if (!chunk.ok()) {
      ASSAY_RETURN_IF_ERROR(maker.Finish());
      return chunk.status();
    }
    if (chunk->empty()) return maker.Finish();
    first = false;
    if (maker.empty() && (stream.at_end() || chunk->size() >= kDirect)) {
      ASSAY_RETURN_IF_ERROR(maker.AddDirect(*chunk, stream.at_end()));
      if (stream.at_end()) return Status::Ok();
    } else {
      ASSAY_RETURN_IF_ERROR(maker.Add(*chunk));
    }
  }
}

Status EmitWindow(const TextWindow& window, const Locator& locator, ExtractContext& context) {
  TextPiece piece;
  piece.text = window.text;
  piece.own_begin = window.own_begin;
  piece.own_end = window.own_end;
  piece.base_offset = window.base_offset;
  piece.locator = &locator;
  return context.Emit(piece) ? Status::Ok() : Cancelled("the reader of the text stopped");
}

void WindowLines::Finish(const TextWindow& window) {
  if (window.last) return;
  LineCursor cursor = Cursor(window);
  cursor.MoveTo(window.own_end - window.own_begin);
  line_ = cursor.line();
  column_ = cursor.column();
}

namespace {

// Lines of a window; positions in its overlap before are those of its first own byte.
class WindowLineLocator final : public Locator {
 public:
  WindowLineLocator(LineCursor cursor, size_t own_begin, size_t size)
      : cursor_(cursor), own_begin_(own_begin), size_(size) {}

  void Locate(size_t begin, size_t, Location* location) const override {
    cursor_.MoveTo(std::clamp(begin, own_begin_, size_) - own_begin_);
    location->line = cursor_.line();
    location->column = cursor_.column();
  }
  bool HasFieldNames() const override { return false; }

 private:
  mutable LineCursor cursor_;
  size_t own_begin_;
  size_t size_;
};

}  // namespace

Status PlainWindows::Read(const TextWindow& window, ExtractContext& context) {
  const WindowLineLocator locator(lines_.Cursor(window), window.own_begin, window.text.size());
  ASSAY_RETURN_IF_ERROR(EmitWindow(window, locator, context));
  lines_.Finish(window);
  return Status::Ok();
}

}  // namespace assay
