// Compressed streams: each function reads one format and hands on the decompressed form. All work
// in bounded memory, read concatenated streams to the end, and keep what comes out of cut or
// damaged input.
#pragma once

#include <memory>

#include "extract/decoder.h"
#include "extract/extractor.h"

namespace assay {

Status ExtractGzip(ByteSource& source, ExtractContext& context);     // RFC 1952
Status ExtractZlib(ByteSource& source, ExtractContext& context);     // RFC 1950
Status ExtractDeflate(ByteSource& source, ExtractContext& context);  // RFC 1951, no wrapper
Status ExtractBzip2(ByteSource& source, ExtractContext& context);
Status ExtractXz(ByteSource& source, ExtractContext& context);      // also .lz (lzip)
Status ExtractLzma(ByteSource& source, ExtractContext& context);    // the older .lzma
Status ExtractZstd(ByteSource& source, ExtractContext& context);    // RFC 8878
Status ExtractBrotli(ByteSource& source, ExtractContext& context);  // RFC 7932; has no magic
Status ExtractSnappyFramed(ByteSource& source, ExtractContext& context);
Status ExtractSnappyRaw(ByteSource& source, ExtractContext& context);  // one block, in memory
// compress(1) .Z and LZ4 frames, by libarchive's filters.
Status ExtractCompressZ(ByteSource& source, ExtractContext& context);
Status ExtractLz4(ByteSource& source, ExtractContext& context);
// .lzo through Tool::kLzop: kUnimplemented where there are no tools.
Status ExtractLzo(ByteSource& source, ExtractContext& context);

// Decoders for reuse. Each rejects windows that need more than 128 MiB of memory.
std::unique_ptr<Decoder> NewBzip2Decoder();
std::unique_ptr<Decoder> NewXzDecoder();  // .xz, .lzma and .lz, told apart by content
std::unique_ptr<Decoder> NewLzmaDecoder();
std::unique_ptr<Decoder> NewZstdDecoder();
std::unique_ptr<Decoder> NewBrotliDecoder();
std::unique_ptr<Decoder> NewSnappyFramedDecoder();

}  // namespace assay
