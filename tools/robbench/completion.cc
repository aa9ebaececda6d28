#include "tools/robbench/completion.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "nas/base/name.h"
#include "nas/base/program.h"

namespace robbench {
namespace {

using Subcommand = CommandLine::Subcommand;
using Values = CommandLine::Values;

std::vector<std::string> CommandNames(const CommandLine& line) {
  std::vector<std::string> names;
  for (const auto& command : line.commands()) names.push_back(command->name());
  return names;
}

// Returns what bash's function does where it knows the values.
std::string BashValues(const Values& values) {
  if (values.is_file) return "files=1";
  return absl::StrCat("words=\"", absl::StrJoin(values.words, " "), "\"");
}

// Bash breaks words at "=", so "--format=js" is three words.
constexpr char kBash[] =
    R"script(# Completes NAME in bash: eval "$(NAME completion bash)"
_NAME() {
  local word=${COMP_WORDS[COMP_CWORD]} flag= command= words= files= i
  if [[ $word == = ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 1]}
    word=
  elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
    COMMANDS)
      command=${COMP_WORDS[i]}
      break
      ;;
    esac
  done
  case $command:$flag in
VALUES  *:-*) ;;
  :) words="help --help --version ALL" ;;
  *)
    if [[ $word == -* ]]; then
      case $command in
FLAGS      esac
    else
      case $command in
ARGUMENTS      esac
    fi
    ;;
  esac
  COMPREPLY=()
  if [[ -n $files ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
  fi
}
complete -F _NAME NAME
)script";

std::string BashScript(const CommandLine& line) {
  std::string values, flags, arguments;
  for (const auto& command : line.commands()) {
    std::vector<std::string> names;
    for (const CommandLine::FlagInfo& flag : command->flags()) {
      names.push_back(absl::StrCat("--", flag.name, flag.has_value ? "=" : ""));
      if (flag.values.is_file || !flag.values.words.empty()) {
        absl::StrAppend(&values, "  ", command->name(), ":--", flag.name, ") ",
                        BashValues(flag.values), " ;;\n");
      }
    }
    names.push_back("--help");
    absl::StrAppend(&flags, "      ", command->name(), ") words=\"",
                    absl::StrJoin(names, " "), "\" ;;\n");
    const Values& own = command->options().values;
    if (own.is_file || !own.words.empty()) {
      absl::StrAppend(&arguments, "      ", command->name(), ") ",
                      BashValues(own), " ;;\n");
    }
  }
  const std::vector<std::string> names = CommandNames(line);
  return absl::StrReplaceAll(kBash, {{"NAME", line.name()},
                                     {"COMMANDS", absl::StrJoin(names, " | ")},
                                     {"ALL", absl::StrJoin(names, " ")},
                                     {"VALUES", values},
                                     {"FLAGS", flags},
                                     {"ARGUMENTS", arguments}});
}

// Escapes text for single quotes, where zsh's _arguments gives a meaning to
// brackets and colons.
std::string ZshText(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"'", "'\\''"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
}

std::string ZshValues(const Values& values) {
  if (values.is_file) return "_files";
  if (values.words.empty()) return " ";
  return absl::StrCat("(", absl::StrJoin(values.words, " "), ")");
}

constexpr char kZsh[] = R"script(#compdef NAME
# Completes NAME in zsh: NAME completion zsh >DIRECTORY/_NAME, with
# DIRECTORY in $fpath, before compinit
_NAME() {
  local -a commands
  commands=(
COMMANDS  )
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[print help]' \
    '(- *)--version[print the version]' '1:command:->command' \
    '*::argument:->argument'
  case $state in
  command) _describe command commands ;;
  argument)
    case $line[1] in
ARGUMENTS    esac
    ;;
  esac
}
if [[ ${funcstack[1]} == _NAME ]]; then
  _NAME "$@"
else
  compdef _NAME NAME
fi
)script";

std::string ZshScript(const CommandLine& line) {
  std::string commands, arguments;
  for (const auto& command : line.commands()) {
    absl::StrAppend(&commands, "    '", command->name(), ":",
                    ZshText(command->options().help), "'\n");
    absl::StrAppend(&arguments, "    ", command->name(), ")\n      _arguments");
    for (const CommandLine::FlagInfo& flag : command->flags()) {
      absl::StrAppend(&arguments, " \\\n        '--", flag.name,
                      flag.has_value ? "=" : "", "[", ZshText(flag.help), "]",
                      flag.has_value ? absl::StrCat(":", flag.name, ":",
                                                    ZshValues(flag.values))
                                     : "",
                      "'");
    }
    absl::StrAppend(&arguments,
                    " \\\n        '(- *)'{-h,--help}'[print help]'");
    if (command->options().most > 0) {
      absl::StrAppend(&arguments,
                      " \\\n        '*:", ZshText(command->options().arguments),
                      ":", ZshValues(command->options().values), "'");
    }
    absl::StrAppend(&arguments, "\n      ;;\n");
  }
  absl::StrAppend(&commands, "    'help:help of a command'\n");
  absl::StrAppend(&arguments, "    help) _describe command commands ;;\n");
  return absl::StrReplaceAll(kZsh, {{"NAME", line.name()},
                                    {"COMMANDS", commands},
                                    {"ARGUMENTS", arguments}});
}

}  // namespace

absl::StatusOr<std::string> CompletionScript(const CommandLine& line,
                                             absl::string_view shell) {
  if (shell == "bash") return BashScript(line);
  if (shell == "zsh") return ZshScript(line);
  return UsageError(absl::StrCat("completion: expected bash or zsh, found ",
                                 QuotedName(shell)));
}

}  // namespace robbench
