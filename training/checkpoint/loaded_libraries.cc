#include "training/checkpoint/loaded_libraries.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace robbench {
namespace {

// Returns the build ID in a segment of notes, in hex; empty if there is none. A
// note is a header, a name and a description, each filled up to `alignment`.
std::string BuildIdIn(absl::string_view notes, size_t alignment) {
  const auto padded = [alignment](size_t size) {
    return (size + alignment - 1) / alignment * alignment;
  };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes.data(), sizeof(header));
    notes.remove_prefix(sizeof(header));
    const size_t description = padded(header.n_namesz);
    if (description + header.n_descsz > notes.size()) return "";
    if (header.n_type == NT_GNU_BUILD_ID &&
        notes.substr(0, header.n_namesz) ==
            absl::string_view(ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU))) {
      return absl::BytesToHexString(notes.substr(description, header.n_descsz));
    }
    notes.remove_prefix(
        std::min(notes.size(), description + padded(header.n_descsz)));
  }
  return "";
}

int AddLibrary(dl_phdr_info* info, size_t /*size*/, void* names) {
  const absl::string_view path = info->dlpi_name;
  // The first is the program itself; the second belongs to the kernel.
  if (path.empty() || path == "linux-vdso.so.1") return 0;
  std::string name(path);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const std::string id = BuildIdIn(
        {reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr),
         segment.p_memsz},
        std::max<size_t>(4, segment.p_align));
    if (!id.empty()) name = id;
  }
  static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

}  // namespace

std::vector<std::string> LoadedLibraries() {
  std::vector<std::string> names;
  dl_iterate_phdr(AddLibrary, &names);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace robbench
