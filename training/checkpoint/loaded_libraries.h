// Names the shared libraries that a program computes with. Two runs of one
// program give the same bits only if these are the same too: an upgrade of
// OpenBLAS or oneDNN may round otherwise.
#ifndef TRAINING_CHECKPOINT_LOADED_LIBRARIES_H_
#define TRAINING_CHECKPOINT_LOADED_LIBRARIES_H_

#include <string>
#include <vector>

namespace robbench {

// Returns the build ID of each shared library that is loaded now, in hex and
// sorted; of a library without one (linkers write it by default on Debian) its
// path. The kernel's own library (vdso), which computes nothing, is left out.
std::vector<std::string> LoadedLibraries();

}  // namespace robbench

#endif  // TRAINING_CHECKPOINT_LOADED_LIBRARIES_H_
