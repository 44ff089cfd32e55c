// SPDX-License-Identifier: GPL-2.0-only
/*
 * iser_core: init and exit, the workqueue of the stop works, and the object
 * counters that prove at unload that nothing was forgotten.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "internal.h"

struct workqueue_struct *iser_wq;

static struct dentry *iser_debugfs;

static const char * const iser_object_names[ISER_NR_OBJECTS] = {
	[ISER_OBJ_DEVICE]	= "device",
	[ISER_OBJ_LISTENER]	= "listener",
	[ISER_OBJ_EP]		= "endpoint",
	[ISER_OBJ_RECV]		= "recv",
	[ISER_OBJ_CHUNK]	= "chunk",
	[ISER_OBJ_EXTENT]	= "extent",
	[ISER_OBJ_SEND]		= "send",
	[ISER_OBJ_MR]		= "mr",
	[ISER_OBJ_BUF]		= "buf",
	[ISER_OBJ_ROLE]		= "role",
};

static struct {
	atomic_long_t	created;
	atomic_long_t	destroyed;
} iser_objects[ISER_NR_OBJECTS];

/**
 * iser_object_created - count objects that now exist
 * @kind: what they are
 * @count: how many
 *
 * Context: any.
 */
void iser_object_created(enum iser_object kind, unsigned int count)
{
	atomic_long_add(count, &iser_objects[kind].created);
}
EXPORT_SYMBOL_GPL(iser_object_created);

/**
 * iser_object_destroyed - count objects that no longer exist
 * @kind: what they were
 * @count: how many
 *
 * Context: any.
 */
void iser_object_destroyed(enum iser_object kind, unsigned int count)
{
	atomic_long_add(count, &iser_objects[kind].destroyed);
}
EXPORT_SYMBOL_GPL(iser_object_destroyed);

/**
 * iser_flush - wait for every stop work that has been queued
 *
 * A role calls it before its module goes: no upcall of an endpoint that was
 * already stopped runs afterwards.
 *
 * Context: process, sleeps.
 */
void iser_flush(void)
{
	flush_workqueue(iser_wq);
}
EXPORT_SYMBOL_GPL(iser_flush);

/**
 * iser_array_alloc - zeroed array that needs no contiguous pages
 * @count: elements
 * @size: bytes of one
 *
 * Nothing of ours asks the page allocator for more than order 1, and kvcalloc()
 * would: it tries contiguous memory first.
 *
 * Context: process, sleeps.
 * Return: the array, to be given to kvfree(), or NULL.
 */
void *iser_array_alloc(size_t count, size_t size)
{
	if (count > PAGE_SIZE / size)
		return vcalloc(count, size);
	return kcalloc(count, size, GFP_KERNEL);
}
EXPORT_SYMBOL_GPL(iser_array_alloc);

static int iser_objects_show(struct seq_file *seq, void *unused)
{
	int kind;

	for (kind = 0; kind < ISER_NR_OBJECTS; kind++)
		seq_printf(seq, "%s %ld %ld\n", iser_object_names[kind],
			   atomic_long_read(&iser_objects[kind].created),
			   atomic_long_read(&iser_objects[kind].destroyed));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(iser_objects);

#ifdef ISER_DEBUG
DEFINE_SHOW_ATTRIBUTE(iser_dma);
#endif

static void iser_objects_check(void)
{
	int kind;

	for (kind = 0; kind < ISER_NR_OBJECTS; kind++) {
		long left = atomic_long_read(&iser_objects[kind].created) -
			    atomic_long_read(&iser_objects[kind].destroyed);

		WARN(left, "iser: %ld %s objects leaked\n", left,
		     iser_object_names[kind]);
	}
}

static int __init iser_core_init(void)
{
	int err;

	iser_wq = alloc_workqueue("iser", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!iser_wq)
		return -ENOMEM;
	err = iser_listen_init();
	if (err)
		goto out_destroy_wq;
	err = iser_device_init();
	if (err)
		goto out_listen;
	/* Last: from now on user space may make entries. */
	err = iser_path_init();
	if (err)
		goto out_device;
	iser_debugfs = debugfs_create_dir("iser", NULL);
	debugfs_create_file("objects", 0444, iser_debugfs, NULL,
			    &iser_objects_fops);
#ifdef ISER_DEBUG
	debugfs_create_file("dma", 0444, iser_debugfs, NULL, &iser_dma_fops);
#endif
	iser_fault_init(iser_debugfs);
	return 0;

out_device:
	iser_device_exit();
out_listen:
	iser_listen_exit();
out_destroy_wq:
	destroy_workqueue(iser_wq);
	return err;
}

static void __exit iser_core_exit(void)
{
	debugfs_remove(iser_debugfs);
	iser_path_exit();
	iser_device_exit();
	iser_listen_exit();
	destroy_workqueue(iser_wq);
	iser_objects_check();
	iser_dma_exit();
}

module_init(iser_core_init);
module_exit(iser_core_exit);

MODULE_DESCRIPTION("iSER shared layer (RFC 7145)");
MODULE_AUTHOR("iSER for Linux");
MODULE_LICENSE("GPL");
MODULE_VERSION(ISER_VERSION_STRING);
