// Reads any text as a cell. The names of what parses lead back to the cell.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nas/base/fuzz.h"
#include "nas/cell.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const robbench::FuzzMemoryBound bound(size);
  const std::string text = robbench::FuzzInput(data, size);
  const auto cell = robbench::ParseCell(text);
  if (!cell.ok()) return 0;
  if (*robbench::ParseCell(cell->Architecture()) != *cell ||
      *robbench::ParseCell(cell->Code()) != *cell) {
    std::abort();
  }
  return 0;
}
