// What a file that cannot be read as expected looks like by its first bytes,
// and what to do about it. For messages only: no reader decides by it.
#ifndef NAS_BASE_FILE_KIND_H_
#define NAS_BASE_FILE_KIND_H_

#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

// "; it looks like an HTML page: download the file itself ...", or nothing
// where the bytes are of no kind known here. Known: an empty file, HTML, a Git
// LFS pointer, PyTorch's .pth as a ZIP archive and as a pickle, gzip, xz, tar,
// NumPy's .npy, HDF5, JSON, SQLite.
std::string LooksLike(absl::string_view bytes);

}  // namespace robbench

#endif  // NAS_BASE_FILE_KIND_H_
