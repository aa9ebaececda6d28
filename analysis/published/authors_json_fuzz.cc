// Reads any bytes as the released JSON and as its meta.json. A table that is
// read has cells and columns that fit together.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "analysis/published/authors_json.h"
#include "analysis/table/table.pb.h"
#include "nas/base/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = robbench::FuzzInput(data, size);
  const robbench::FuzzMemoryBound bound(size);
  const auto table = robbench::ParseAuthorsJson("f", bytes);
  robbench::Table empty;
  const robbench::Table& read = table.ok() ? *table : empty;
  (void)robbench::CheckAuthorsMeta("f", bytes, read);
  if (!table.ok()) return 0;
  if (table->cells_size() == 0 || table->columns_size() == 0) std::abort();
  for (const robbench::Column& column : table->columns()) {
    if (column.mean_size() != table->cells_size()) std::abort();
  }
  return 0;
}
