// The frame of a program that Bazel may start once for many actions:
//
//   int main(int argc, char** argv) {
//     return robbench::RunProgramOrWorker(argc, argv, "Usage: ...", Run);
//   }
//
// This does what RunProgram does (program.h). With the argument
// --persistent_worker the program is a worker in Bazel's protocol: it reads
// WorkRequests from standard input, each after its length as a varint, and
// answers one after another by WorkResponses on standard output. Libraries are
// loaded only once; LibTorch takes 0.4 s of processor time.
//
// Each request runs in a fork of the worker, in which no request ran before: it
// finds flags at their defaults and every generator, cache and allocator as a
// new process does, so it writes the same bytes. What it prints is the
// response's output, and goes to the worker's standard error at once (Bazel's
// log of the worker). A request that crashes, or is killed because it broke a
// limit, has a response that says so; the worker lives on. Limits, by
// --worker_extra_flag=MNEMONIC=--FLAG=VALUE of Bazel:
//
//   --worker_idle_limit=5m         without any processor time: it hangs
//   --worker_time_limit=48h        of a request in all
//   --worker_memory_limit_mib=N    resident; default: half of the machine's
//
// A worker has one thread when it forks, so it must be started in the
// environment of a numeric profile, as actions are. Exit codes: 0 at the end of
// standard input, or when nobody reads the responses; 1 for bytes that are not
// a request, or more than one thread; 2 for another argument.
#ifndef NAS_BASE_WORKER_PERSISTENT_WORKER_H_
#define NAS_BASE_WORKER_PERSISTENT_WORKER_H_

#include "absl/strings/string_view.h"
#include "nas/base/program.h"

namespace robbench {

// Runs `body` as RunProgram does, or as the worker described above. Returns the
// exit code.
int RunProgramOrWorker(int argc, char** argv, absl::string_view usage,
                       const ProgramBody& body);

}  // namespace robbench

#endif  // NAS_BASE_WORKER_PERSISTENT_WORKER_H_
