// Makes scripts that complete robbench's commands, flags and their values in a
// shell. They are made from what the commands state of themselves:
//
//   eval "$(robbench completion bash)"      in ~/.bashrc
//   robbench completion zsh >~/.zfunc/_robbench
#ifndef TOOLS_ROBBENCH_COMPLETION_H_
#define TOOLS_ROBBENCH_COMPLETION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/robbench/command_line.h"

namespace robbench {

// Returns the script for `shell`, which is bash or zsh; a usage error for
// another one.
absl::StatusOr<std::string> CompletionScript(const CommandLine& line,
                                             absl::string_view shell);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COMPLETION_H_
