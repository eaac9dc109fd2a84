/* SPDX-License-Identifier: Apache-2.0 */
/* The front door. */
int main(void)
{
	return 0;
}
