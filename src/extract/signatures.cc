#include "extract/signatures.h"

#include <cstdint>
#include <cstring>

namespace assay {
namespace {

using std::string_view_literals::operator""sv;

struct Signature {
  uint16_t offset;
  std::string_view bytes;
  std::string_view type;
};

// The signatures are facts published with each format. Longer before shorter where one begins
// with the other.
constexpr Signature kSignatures[] = {
    // Compression and archives.
    {0, "\x1f\x8b"sv, "application/x-gzip"},
    {0, "\x1f\x9d"sv, "application/x-compress"},
    {0, "BZh"sv, "application/x-bzip2"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "application/x-xz"},
    {0, "\x28\xb5\x2f\xfd"sv, "application/zstd"},
    {0, "\x04\x22\x4d\x18"sv, "application/x-lz4"},
    {0, "LZIP"sv, "application/x-lzip"},
    {0, "\x89LZO\0\r\n\x1a\n"sv, "application/x-lzop"},
    {0, "\xff\x06\0\0sNaPpY"sv, "application/x-snappy-framed"},
    {0, "\x5d\0\0"sv, "application/x-lzma"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    {0, "Rar!\x1a\x07"sv, "application/x-rar-compressed"},
    {0, "!<arch>\ndebian-binary"sv, "application/vnd.debian.binary-package"},
    {0, "!<arch>\n"sv, "application/x-archive"},
    {0, "!<thin>\n"sv, "application/x-archive"},
    {0, "\xed\xab\xee\xdb"sv, "application/x-redhat-package-manager"},
    {0, "MSCF\0\0\0\0"sv, "application/x-cab"},
    {0, "ISc("sv, "application/x-cab"},
    {0, "070701"sv, "application/x-cpio"},
    {0, "070702"sv, "application/x-cpio"},
    {0, "070707"sv, "application/x-cpio"},
    {0, "\xc7\x71"sv, "application/x-cpio"},
    {0, "\x71\xc7"sv, "application/x-cpio"},
    {0, "xar!"sv, "application/x-xar"},
    {2, "-lh"sv, "application/x-lha"},
    {2, "-lz"sv, "application/x-lha"},
    {0, "\x60\xea"sv, "application/x-arj"},
    {0, "WARC/"sv, "application/warc"},
    {257, "ustar  \0"sv, "application/x-gtar"},
    {257, "ustar"sv, "application/x-tar"},
    {32769, "CD001"sv, "application/x-iso9660-image"},
    {0, "SIT!"sv, "application/x-stuffit"},
    {0, "StuffIt"sv, "application/x-stuffit"},
    {0, "d8:announce"sv, "application/x-bittorrent"},
    {0, "\x78\x01\x73\x0d\x62\x62\x60"sv, "application/x-apple-diskimage"},
    // Tables and databases.
    {0, "PAR1"sv, "application/vnd.apache.parquet"},
    {0, "PARE"sv, "application/vnd.apache.parquet"},
    {0, "ORC"sv, "application/vnd.apache.orc"},
    {0, "Obj\x01"sv, "application/vnd.apache.avro"},
    {0, "ARROW1\0\0"sv, "application/vnd.apache.arrow.file"},
    {0, "\xff\xff\xff\xff"sv, "application/vnd.apache.arrow.stream"},
    {0, "SQLite format 3\0"sv, "application/vnd.sqlite3"},
    {0, "\0\1\0\0Standard Jet DB"sv, "application/msaccess"},
    {0, "\0\1\0\0Standard ACE DB"sv, "application/msaccess"},
    {0, "\x13\x57\x9a\xce"sv, "application/x-dbm"},
    {0, "\xce\x9a\x57\x13"sv, "application/x-dbm"},
    {0, "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"sv, "application/x-sas"},
    // Documents.
    {0, "%PDF-"sv, "application/pdf"},
    {0, "\xef\xbb\xbf%PDF-"sv, "application/pdf"},
    {0, "{\\rtf"sv, "application/rtf"},
    {0, "\xc5\xd0\xd3\xc6"sv, "application/postscript"},
    {0, "!BDN"sv, "application/vnd.ms-outlook-pst"},
    {0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"sv,
     "application/onenote"},
    {0, "\x09\x08\x10\0\0\x06"sv, "application/vnd.ms-excel"},
    {0, "\x09\x08\x08\0\0\x05"sv, "application/vnd.ms-excel"},
    {0, "\x09\x04\x06\0"sv, "application/vnd.ms-excel"},
    {0, "\0\0\x02\0\x06\x04\x06\0"sv, "application/vnd.lotus-1-2-3"},
    {0, "\0\0\x1a\0\0\x10\x04\0"sv, "application/vnd.lotus-1-2-3"},
    {0, "\0\0\x1a\0\x02\x10\x04\0"sv, "application/vnd.lotus-1-2-3"},
    {0, "ITSF\x03\0\0\0"sv, "application/vnd.ms-htmlhelp"},
    {60, "BOOKMOBI"sv, "application/x-mobipocket-ebook"},
    {60, "TEXtREAd"sv, "application/vnd.palm"},
    {0, "\xf7\x02\x01\x83\x92\xc0"sv, "application/x-dvi"},
    {0, "\xdb\xa5\x2d\0"sv, "application/msword"},
    // Programs.
    {0, "\xac\xed\0\x05"sv, "application/java-serialized-object"},
    {0, "FWS"sv, "application/x-shockwave-flash"},
    {0, "CWS"sv, "application/x-shockwave-flash"},
    {0, "ZWS"sv, "application/x-shockwave-flash"},
    {0, "\x4c\0\0\0\x01\x14\x02\0"sv, "application/x-ms-shortcut"},
    {8, "\x19\x04\0\x10"sv, "application/vnd.symbian.install"},
    {0, "\x7a\x1a\x20\x10"sv, "application/vnd.symbian.install"},
    {0, "\xcf\xfa\xed\xfe"sv, "application/x-mach-binary"},
    {0, "\xce\xfa\xed\xfe"sv, "application/x-mach-binary"},
    // Captures.
    {0, "\xd4\xc3\xb2\xa1"sv, "application/vnd.tcpdump.pcap"},
    {0, "\xa1\xb2\xc3\xd4"sv, "application/vnd.tcpdump.pcap"},
    {0, "\x4d\x3c\xb2\xa1"sv, "application/vnd.tcpdump.pcap"},
    {0, "\x0a\x0d\x0d\x0a"sv, "application/vnd.tcpdump.pcap"},
    {0, "XCP\0"sv, "application/cap"},
    {0, "TRSNIFF data    \x1a"sv, "application/cap"},
    // Fonts.
    {0, "OTTO\0"sv, "application/x-font-otf"},
    {0, "\0\1\0\0\0"sv, "application/x-font-ttf"},
    {0, "true\0"sv, "application/x-font-ttf"},
    {0, "wOFF"sv, "application/x-font-woff"},
    {0, "wOF2"sv, "application/x-font-woff"},
    {0, "%!PS-AdobeFont-1"sv, "application/x-font-type1"},
    {0, "%!FontType1"sv, "application/x-font-type1"},
    {6, "%!PS-AdobeFont-1"sv, "application/x-font-type1"},
    {34, "LP\0\0"sv, "application/vnd.ms-fontobject"},
    // Pictures, sound, film.
    {0, "\x89PNG\r\n\x1a\n"sv, "image/png"},
    {0, "\xff\xd8\xff"sv, "image/jpeg"},
    {0, "GIF87a"sv, "image/gif"},
    {0, "GIF89a"sv, "image/gif"},
    {0, "II*\0"sv, "image/tiff"},
    {0, "MM\0*"sv, "image/tiff"},
    {0, "8BPS\0\1"sv, "image/vnd.adobe.photoshop"},
    {0, "gimp xcf"sv, "application/x-xcf"},
    {0, "\xd7\xcd\xc6\x9a"sv, "application/x-msmetafile"},
    {0, "\x01\0\x09\0\0\x03"sv, "application/x-msmetafile"},
    {0, "OggS"sv, "application/ogg"},
    {0, "fLaC"sv, "audio/flac"},
    {0, "ID3"sv, "audio/mpeg"},
    {0, "\xff\xfb"sv, "audio/mpeg"},
    {0, "\x1a\x45\xdf\xa3"sv, "video/x-matroska"},
    {4, "ftyp"sv, "video/mp4"},
    {0, "\0\0\1\xba"sv, "video/mpeg"},
    {0, "AC10"sv, "image/vnd.dwg"},
};

bool HasAt(std::string_view head, size_t offset, std::string_view bytes) {
  return head.size() >= offset + bytes.size() &&
         std::memcmp(head.data() + offset, bytes.data(), bytes.size()) == 0;
}

uint32_t Byte(std::string_view head, size_t at) {
  return at < head.size() ? static_cast<unsigned char>(head[at]) : 0;
}

bool HasControlBytes(std::string_view head) {
  for (const char c : head.substr(0, 512)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 9 || (byte > 13 && byte < 32)) return true;
  }
  return false;
}

// Whether text could begin with these few bytes by chance ("ORC", "BZh").
bool IsWeak(std::string_view bytes) { return bytes.size() <= 4 && !HasControlBytes(bytes); }

std::string_view ElfType(std::string_view head) {
  const bool big_endian = Byte(head, 5) == 2;
  switch (Byte(head, big_endian ? 17 : 16)) {
    case 1:
      return "application/x-object";
    case 3:
      return "application/x-sharedlib";
    case 4:
      return "application/x-coredump";
    default:
      return "application/x-executable";
  }
}

// A class file and a fat Mach-O file share their magic; the next word is a version of 45 and more
// in one, a small count in the other.
std::string_view CafebabeType(std::string_view head) {
  const uint32_t word = Byte(head, 6) << 8 | Byte(head, 7);
  return word >= 43 ? "application/java-vm" : "application/x-mach-binary";
}

std::string_view RiffType(std::string_view head) {
  if (HasAt(head, 8, "WAVE")) return "audio/x-wav";
  if (HasAt(head, 8, "AVI ")) return "video/x-msvideo";
  if (HasAt(head, 8, "WEBP")) return "image/webp";
  return {};
}

// DER: a SEQUENCE whose first elements tell certificates, PKCS#12 and PKCS#7 apart.
std::string_view DerType(std::string_view head) {
  if (!HasAt(head, 0, "\x30\x82")) return {};
  if (HasAt(head, 4, "\x02\x01\x03\x30")) return "application/x-pkcs12";
  if (HasAt(head, 4, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")) {
    return "application/x-pkcs7-crl";
  }
  if (HasAt(head, 4, "\x30\x82") &&
      (HasAt(head, 8, "\xa0\x03\x02\x01") || HasAt(head, 8, "\x02"))) {
    return "application/x-x509-ca-cert";
  }
  return {};
}

// An old-style (v7) tar has no magic; its header's checksum is proof enough.
bool IsOldTar(std::string_view head) {
  if (head.size() < 512 || head[0] == '\0') return false;
  uint32_t sum = 0;
  for (size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? ' ' : Byte(head, i);
  uint32_t stored = 0;
  bool digits = false;
  for (size_t i = 148; i < 156; ++i) {
    const char c = head[i];
    if (c >= '0' && c <= '7') {
      stored = stored * 8 + static_cast<uint32_t>(c - '0');
      digits = true;
    } else if (digits) {
      break;
    }
  }
  return digits && stored == sum;
}

// Signatures too short to stand alone, and families.
std::string_view MatchSpecial(std::string_view head, std::string_view name) {
  EndingBuffer buffer;
  if (HasAt(head, 0, "PK\x03\x04") || HasAt(head, 0, "PK\x05\x06") ||
      HasAt(head, 0, "PK\x07\x08")) {
    return ZipType(head, name);
  }
  if (HasAt(head, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return OleType(head, name);
  if (HasAt(head, 0,
            "\x7f"
            "ELF"))
    return ElfType(head);
  if (HasAt(head, 0, "\xca\xfe\xba\xbe")) return CafebabeType(head);
  if (HasAt(head, 0, "RIFF")) return RiffType(head);
  if (HasAt(head, 0, "MZ") && head.size() > 64 &&
      head.substr(0, 512).find('\0') != std::string_view::npos) {
    return LowerEnding(name, &buffer) == "fon" ? "application/octet-stream+fon"
                                               : "application/x-dosexec";
  }
  if (HasAt(head, 0, "BM") && HasAt(head, 6, "\0\0\0\0"sv)) return "image/bmp";
  if (HasAt(head, 2, "\r\r\n") || (HasAt(head, 2, "\r\n") && Byte(head, 4) == 0)) {
    if (LowerEnding(name, &buffer) == "pyc") return "application/x-python-code";
  }
  if (HasAt(head, 0, "%!PS")) {
    return head.substr(0, 2048).find("Adobe Illustrator") != std::string_view::npos
               ? "application/illustrator"
               : "application/postscript";
  }
  // Leading junk before a PDF header is common and allowed by readers.
  if (const size_t pdf = head.substr(0, 1024).find("%PDF-1.");
      pdf != std::string_view::npos && head.substr(0, pdf).find('\0') == std::string_view::npos &&
      pdf < 64) {
    return "application/pdf";
  }
  if (const std::string_view der = DerType(head); !der.empty()) return der;
  return {};
}

// Formats without a signature worth the name: their ending says what to try.
std::string_view MatchByEnding(std::string_view head, std::string_view name) {
  EndingBuffer buffer;
  const std::string_view ending = LowerEnding(name, &buffer);
  if (ending == "br") return "application/x-brotli";
  if (ending == "lzma") return "application/x-lzma";
  if (ending == "snappy" || ending == "sz") return "application/x-snappy";
  if (ending == "deflate" || ending == "zz" || ending == "zlib") return "application/zlib";
  // A zlib header: deflate with a 32 KB window, the two bytes a multiple of 31 (RFC 1950).
  if (Byte(head, 0) == 0x78 && head.size() > 2 && (0x7800 + Byte(head, 1)) % 31 == 0 &&
      (Byte(head, 1) & 0x80) != 0) {
    return "application/zlib";
  }
  if ((ending == "pgp" || ending == "gpg") && (Byte(head, 0) & 0x80) != 0) {
    return "application/pgp-encrypted";
  }
  if (ending == "com" && (Byte(head, 0) == 0xe9 || Byte(head, 0) == 0xeb)) {
    return "application/x-msdos-program";
  }
  return {};
}

}  // namespace

std::string_view LowerEnding(std::string_view name, EndingBuffer* buffer) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot - 1 >= sizeof(buffer->bytes)) return {};
  const std::string_view ending = name.substr(dot + 1);
  for (size_t i = 0; i < ending.size(); ++i) {
    const char c = ending[i];
    if (c == '/') return {};
    buffer->bytes[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return {buffer->bytes, ending.size()};
}

std::string_view MatchSignature(std::string_view head, std::string_view name) {
  for (const Signature& signature : kSignatures) {
    if (!HasAt(head, signature.offset, signature.bytes)) continue;
    if (IsWeak(signature.bytes) && !HasControlBytes(head)) continue;
    if (signature.type == "application/x-gzip") {
      EndingBuffer buffer;
      if (LowerEnding(name, &buffer) == "wmz") return "application/x-ms-wmz";
    }
    return signature.type;
  }
  if (const std::string_view type = MatchSpecial(head, name); !type.empty()) return type;
  if (IsOldTar(head)) return "application/x-tar";
  return MatchByEnding(head, name);
}

}  // namespace assay
