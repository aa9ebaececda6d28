#include "nas/base/file_kind.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace robbench {
namespace {

constexpr absl::string_view kConvert =
    "convert it in Python: safetensors.torch.save_file(torch.load(FILE, "
    "map_location=\"cpu\"), NEW_FILE), where FILE holds a state_dict (of a "
    "checkpoint, its entry with the tensors)";

std::string Is(absl::string_view what, absl::string_view todo) {
  return absl::StrCat("; it looks like ", what, ": ", todo);
}

}  // namespace

std::string LooksLike(absl::string_view bytes) {
  if (bytes.empty()) {
    return Is("an empty file", "the download or the copy did not finish");
  }
  const absl::string_view text =
      absl::StripLeadingAsciiWhitespace(bytes.substr(0, 512));
  if (absl::StartsWithIgnoreCase(text, "<!doctype html") ||
      absl::StartsWithIgnoreCase(text, "<html")) {
    return Is("an HTML page",
              "download the file itself, not the page about it (\"raw\" or "
              "\"resolve\" in place of \"blob\" in its address)");
  }
  if (absl::StartsWith(text, "version https://git-lfs")) {
    return Is("a Git LFS pointer, which stands for the file",
              "run git lfs pull where it was cloned");
  }
  if (absl::StartsWith(bytes, "PK\x03\x04")) {
    return Is("a ZIP archive, as torch.save writes .pth and .pt files",
              kConvert);
  }
  if (bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 &&
      bytes[1] <= 5) {
    return Is("a Python pickle, as older torch.save writes .pth files",
              kConvert);
  }
  if (absl::StartsWith(bytes, "\x1f\x8b")) {
    return Is("a gzip archive", "unpack it (gunzip, tar -xzf)");
  }
  if (absl::StartsWith(bytes,
                       "\xfd"
                       "7zXZ")) {
    return Is("an xz archive", "unpack it (unxz, tar -xJf)");
  }
  if (bytes.size() > 262 && bytes.substr(257, 5) == "ustar") {
    return Is("a tar archive", "unpack it (tar -xf)");
  }
  if (absl::StartsWith(bytes, "\x93NUMPY")) {
    return Is("a NumPy array", "save the tensors as safetensors");
  }
  if (absl::StartsWith(bytes, "\x89HDF")) {
    return Is("an HDF5 file", "save the tensors as safetensors");
  }
  if (absl::StartsWith(bytes, "SQLite format 3")) {
    return Is("an SQLite database", "another file was meant");
  }
  if (absl::StartsWith(text, "{") || absl::StartsWith(text, "[")) {
    return Is("JSON", "another file was meant");
  }
  return "";
}

}  // namespace robbench
