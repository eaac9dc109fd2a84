/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the unit tests: a process of its own, a folder of its own. */
#include "lib/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int run_apart(void (*part)(void *), void *data)
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		part(data);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

const char *folder_make(char space[32])
{
	strcpy(space, "/tmp/muster.unit.XXXXXX");
	return mkdtemp(space);
}

void folder_remove(const char *folder)
{
	struct dirent *item;
	DIR *items = opendir(folder);
	char path[512];

	while (items && (item = readdir(items))) {
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, item->d_name);
		if (item->d_type == DT_DIR)
			folder_remove(path);
		else
			unlink(path);
	}
	if (items)
		closedir(items);
	rmdir(folder);
}
