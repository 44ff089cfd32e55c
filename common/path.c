// SPDX-License-Identifier: GPL-2.0-only
/*
 * Path policy: what an administrator wants of the connections to one peer, in
 * configfs.
 *
 *	/sys/kernel/config/iser/paths/ADDRESS/	connections to or from a peer
 *	/sys/kernel/config/iser/paths/default/	all others
 *
 * Neither netlink (initiator) nor LIO's portals (target) can carry these
 * settings. A connection takes a copy when it begins, so a change is for the
 * next one, and nothing here is ever held on to by a connection.
 *
 * An attribute reads "default" until it was set, and again when "default" was
 * written to it: then rdma_cm, or the device, decides.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/inet.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "internal.h"

/*
 * A flap that RC's own retries survive should not end a session: rdma_cm's
 * usual settings bridge more than a second.
 */
#define ISER_PATH_GRACE_MS	500
#define ISER_PATH_GRACE_MS_MAX	60000
#define ISER_PATH_RETRIES	7
/* No longer than a processor may do nothing else. */
#define ISER_PATH_POLL_US_MAX	1000

/**
 * struct iser_path_item - a directory of paths/
 * @item: configfs's
 * @node: in iser_path_items
 * @peer: address it is about; AF_UNSPEC for "default"
 * @path: settings
 */
struct iser_path_item {
	struct config_item	item;
	struct list_head	node;
	struct sockaddr_storage	peer;
	struct iser_path	path;
};

static DEFINE_MUTEX(iser_path_lock);	/* list and contents */
static LIST_HEAD(iser_path_items);

static const struct iser_path iser_path_default = {
	.ack_timeout	= ISER_PATH_UNSET,
	.min_rnr_timer	= ISER_PATH_UNSET,
	.tos		= ISER_PATH_UNSET,
	.retry_count	= ISER_PATH_RETRIES,
	.rnr_retry_count = ISER_PATH_UNSET,
	.grace_ms	= ISER_PATH_GRACE_MS,
	.poll_us	= 0,
};

static struct iser_path_item *iser_path_item(struct config_item *item)
{
	return container_of(item, struct iser_path_item, item);
}

/* Ports do not matter: a path is between two hosts. */
static bool iser_path_same_host(const struct sockaddr_storage *a,
				const struct sockaddr_storage *b)
{
	if (a->ss_family == AF_UNSPEC)
		return b->ss_family == AF_UNSPEC;
	return iser_addr_match(a, b, 128) &&
	       (a->ss_family != AF_INET6 ||
		((const struct sockaddr_in6 *)a)->sin6_scope_id ==
		((const struct sockaddr_in6 *)b)->sin6_scope_id);
}

static struct iser_path_item *
iser_path_find_locked(const struct sockaddr_storage *peer)
{
	struct iser_path_item *found;

	lockdep_assert_held(&iser_path_lock);
	list_for_each_entry(found, &iser_path_items, node) {
		if (iser_path_same_host(&found->peer, peer))
			return found;
	}
	return NULL;
}

/**
 * iser_path_get - settings for a connection with a peer
 * @peer: address of the peer; the port does not matter
 * @path: filled with the peer's settings, else the administrator's default,
 *	else ours
 *
 * Context: process, sleeps.
 */
void iser_path_get(const struct sockaddr_storage *peer, struct iser_path *path)
{
	static const struct sockaddr_storage any = { .ss_family = AF_UNSPEC };
	const struct iser_path_item *found;

	mutex_lock(&iser_path_lock);
	found = iser_path_find_locked(peer);
	if (!found)
		found = iser_path_find_locked(&any);
	*path = found ? found->path : iser_path_default;
	mutex_unlock(&iser_path_lock);
}

static ssize_t iser_path_show(struct config_item *item, char *page,
			      const int *value)
{
	ssize_t len;

	mutex_lock(&iser_path_lock);
	if (*value == ISER_PATH_UNSET)
		len = sysfs_emit(page, "default\n");
	else
		len = sysfs_emit(page, "%d\n", *value);
	mutex_unlock(&iser_path_lock);
	return len;
}

static ssize_t iser_path_store(struct config_item *item, const char *page,
			       size_t len, int *value, int max, int unset)
{
	unsigned int wanted;

	if (sysfs_streq(page, "default"))
		wanted = unset;
	else if (kstrtouint(page, 0, &wanted) || wanted > max)
		return -EINVAL;
	mutex_lock(&iser_path_lock);
	*value = wanted;
	mutex_unlock(&iser_path_lock);
	return len;
}

#define ISER_PATH_ATTR(name, max, unset)				\
static ssize_t iser_path_##name##_show(struct config_item *item,	\
				       char *page)			\
{									\
	return iser_path_show(item, page,				\
			      &iser_path_item(item)->path.name);	\
}									\
static ssize_t iser_path_##name##_store(struct config_item *item,	\
					const char *page, size_t len)	\
{									\
	return iser_path_store(item, page, len,				\
			       &iser_path_item(item)->path.name, max,	\
			       unset);					\
}									\
CONFIGFS_ATTR(iser_path_, name)

/* 5 bits each on the wire, 3 for the counts (InfiniBand volume 1, 9.9.2). */
ISER_PATH_ATTR(ack_timeout, 31, ISER_PATH_UNSET);
ISER_PATH_ATTR(min_rnr_timer, 31, ISER_PATH_UNSET);
ISER_PATH_ATTR(tos, 255, ISER_PATH_UNSET);
ISER_PATH_ATTR(retry_count, 7, ISER_PATH_RETRIES);
ISER_PATH_ATTR(rnr_retry_count, 7, ISER_PATH_UNSET);
ISER_PATH_ATTR(grace_ms, ISER_PATH_GRACE_MS_MAX, ISER_PATH_GRACE_MS);
ISER_PATH_ATTR(poll_us, ISER_PATH_POLL_US_MAX, 0);

static ssize_t iser_path_source_show(struct config_item *item, char *page)
{
	const struct sockaddr_storage *source =
		&iser_path_item(item)->path.source;
	ssize_t len;

	mutex_lock(&iser_path_lock);
	if (source->ss_family == AF_UNSPEC)
		len = sysfs_emit(page, "default\n");
	else
		len = sysfs_emit(page, "%pISc\n", source);
	mutex_unlock(&iser_path_lock);
	return len;
}

static ssize_t iser_path_source_store(struct config_item *item,
				      const char *page, size_t len)
{
	struct iser_path_item *self = iser_path_item(item);
	struct sockaddr_storage source = {};
	char text[INET6_ADDRSTRLEN + IFNAMSIZ + 2];

	if (!sysfs_streq(page, "default")) {
		if (strscpy(text, page, sizeof(text)) < 0)
			return -EINVAL;
		if (inet_pton_with_scope(&init_net, AF_UNSPEC, strim(text),
					 NULL, &source))
			return -EINVAL;
		if (self->peer.ss_family != AF_UNSPEC &&
		    self->peer.ss_family != source.ss_family)
			return -EAFNOSUPPORT;
	}
	mutex_lock(&iser_path_lock);
	self->path.source = source;
	mutex_unlock(&iser_path_lock);
	return len;
}
CONFIGFS_ATTR(iser_path_, source);

static struct configfs_attribute *iser_path_attrs[] = {
	&iser_path_attr_source,
	&iser_path_attr_ack_timeout,
	&iser_path_attr_min_rnr_timer,
	&iser_path_attr_tos,
	&iser_path_attr_retry_count,
	&iser_path_attr_rnr_retry_count,
	&iser_path_attr_grace_ms,
	&iser_path_attr_poll_us,
	NULL,
};

static void iser_path_release(struct config_item *item)
{
	kfree(iser_path_item(item));
}

static struct configfs_item_operations iser_path_item_ops = {
	.release	= iser_path_release,
};

static const struct config_item_type iser_path_type = {
	.ct_item_ops	= &iser_path_item_ops,
	.ct_attrs	= iser_path_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct config_item *iser_paths_make(struct config_group *group,
					   const char *name)
{
	struct iser_path_item *self = kzalloc(sizeof(*self), GFP_KERNEL);
	int err = 0;

	if (!self)
		return ERR_PTR(-ENOMEM);
	if (strcmp(name, "default"))
		err = inet_pton_with_scope(&init_net, AF_UNSPEC, name, NULL,
					   &self->peer);
	if (err)
		goto out_free;
	self->path = iser_path_default;
	config_item_init_type_name(&self->item, name, &iser_path_type);

	mutex_lock(&iser_path_lock);
	/* One address has several spellings. */
	if (iser_path_find_locked(&self->peer))
		err = -EEXIST;
	else
		list_add_tail(&self->node, &iser_path_items);
	mutex_unlock(&iser_path_lock);
	if (!err)
		return &self->item;
	/* A long name has memory of its own. */
	config_item_put(&self->item);
	return ERR_PTR(err);
out_free:
	kfree(self);
	return ERR_PTR(err);
}

static void iser_paths_drop(struct config_group *group,
			    struct config_item *item)
{
	mutex_lock(&iser_path_lock);
	list_del(&iser_path_item(item)->node);
	mutex_unlock(&iser_path_lock);
	config_item_put(item);
}

static struct configfs_group_operations iser_paths_ops = {
	.make_item	= iser_paths_make,
	.drop_item	= iser_paths_drop,
};

static const struct config_item_type iser_paths_type = {
	.ct_group_ops	= &iser_paths_ops,
	.ct_owner	= THIS_MODULE,
};

static const struct config_item_type iser_subsystem_type = {
	.ct_owner	= THIS_MODULE,
};

static struct config_group iser_paths_group;

static struct configfs_subsystem iser_subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "iser",
			.ci_type	= &iser_subsystem_type,
		},
	},
};

/**
 * iser_path_init - make the directory in configfs
 *
 * Context: module init.
 * Return: 0 or a negative errno.
 */
int iser_path_init(void)
{
	config_group_init(&iser_subsystem.su_group);
	mutex_init(&iser_subsystem.su_mutex);
	config_group_init_type_name(&iser_paths_group, "paths",
				    &iser_paths_type);
	configfs_add_default_group(&iser_paths_group,
				   &iser_subsystem.su_group);
	return configfs_register_subsystem(&iser_subsystem);
}

/**
 * iser_path_exit - remove it; it is empty, an entry holds the module
 *
 * Context: module exit.
 */
void iser_path_exit(void)
{
	configfs_unregister_subsystem(&iser_subsystem);
}
