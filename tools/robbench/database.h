// What robbench inspect prints of an SQLite database: its tables and views.
#ifndef TOOLS_ROBBENCH_DATABASE_H_
#define TOOLS_ROBBENCH_DATABASE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/robbench/format.h"

namespace robbench {

// Whether bytes begin as an SQLite 3 database does.
bool LooksLikeDatabase(absl::string_view bytes);

// Returns the text in the format that `output` asks for. JSON has "kind"
// ("sqlite"), "file_sha256", and "tables" of "name", "type" ("table", "view"),
// "columns" and, for a table, "rows". `path` is only for messages. DataLoss
// when SQLite finds the database damaged.
absl::StatusOr<std::string> InspectDatabase(const std::string& path,
                                            absl::string_view bytes,
                                            const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_DATABASE_H_
