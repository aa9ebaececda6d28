// Guesses from its first bytes what a file is that could not be read as
// expected, and says what to do about it. This is for messages only: no reader
// decides by it.
#ifndef NAS_BASE_FILE_KIND_H_
#define NAS_BASE_FILE_KIND_H_

#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

// Returns text to append to an error, as "; it looks like an HTML page:
// download the file itself ...", or "" where the bytes are of no kind known
// here. Known are an empty file, HTML, a Git LFS pointer, PyTorch's .pth as a
// ZIP archive and as a pickle, gzip, xz, tar, NumPy's .npy, HDF5, JSON and
// SQLite.
std::string LooksLike(absl::string_view bytes);

}  // namespace robbench

#endif  // NAS_BASE_FILE_KIND_H_
