// The oracle for build IDs is GNU's readelf, for the list the dynamic linker: a
// library that is opened is added.
#include "training/checkpoint/loaded_libraries.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

namespace robbench {
namespace {

std::string Output(const std::string& command) {
  std::string output;
  auto* const pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    output += buffer.data();
  }
  pclose(pipe);
  return output;
}

TEST(LoadedLibraries, ALibraryIsNamedByItsBuildIdWhenItIsLoaded) {
  const std::vector<std::string> before = LoadedLibraries();
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(LoadedLibraries(), before);
  // A part of glibc that nothing here uses.
  void* const library = dlopen("libBrokenLocale.so.1", RTLD_NOW);
  ASSERT_NE(library, nullptr) << dlerror();
  const std::vector<std::string> after = LoadedLibraries();
  std::vector<std::string> added;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(added));
  ASSERT_EQ(added.size(), 1);
  link_map* map = nullptr;
  ASSERT_EQ(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
  const std::string notes = Output("readelf -n " + std::string(map->l_name));
  if (notes.empty()) GTEST_SKIP() << "no readelf";
  EXPECT_NE(notes.find("Build ID: " + added[0] + "\n"), std::string::npos)
      << added[0] << "\n"
      << notes;
}

}  // namespace
}  // namespace robbench
