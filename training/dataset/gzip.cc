#include "training/dataset/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {

bool IsGzip(absl::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

absl::StatusOr<std::string> Gunzip(const std::string& path,
                                   absl::string_view bytes,
                                   uint64_t max_bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": gzip: file too large, found ", bytes.size()));
  }
  z_stream stream{};
  constexpr int kGzipOnly = 15 + 16;  // largest window, gzip header expected
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) {
    return absl::ResourceExhaustedError(absl::StrCat(path, ": gzip: memory"));
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string contents;
  uint64_t size = 0;
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    constexpr uint64_t kChunk = 1 << 20;
    if (size > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, ": gzip: contents: expected at most ", max_bytes,
                       " bytes, found more"));
    }
    // There is room for one byte more than is allowed, which shows an excess.
    const uint64_t room = std::min(kChunk, max_bytes + 1 - size);
    contents.resize(size + room);
    stream.next_out = reinterpret_cast<Bytef*>(contents.data() + size);
    stream.avail_out = static_cast<uInt>(room);
    code = inflate(&stream, Z_NO_FLUSH);
    size += room - stream.avail_out;
    if (code == Z_STREAM_END) break;
    if (code == Z_BUF_ERROR ||
        (code == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)) {
      return absl::DataLossError(absl::StrCat(
          path, ": gzip: stream ends early, after ", size, " bytes"));
    }
    if (code != Z_OK) {
      return absl::DataLossError(absl::StrCat(
          path,
          ": gzip: damaged: ", stream.msg == nullptr ? "unknown" : stream.msg));
    }
  }
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": gzip: contents: expected at most ", max_bytes,
                     " bytes, found more"));
  }
  if (stream.avail_in > 0) {
    return absl::DataLossError(
        absl::StrCat(path, ": gzip: expected the end of the file, found ",
                     stream.avail_in, " more bytes"));
  }
  contents.resize(size);
  return contents;
}

}  // namespace robbench
